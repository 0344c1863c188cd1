{{%AUTOESCAPE context="HTML"}}
<article class="card {{STATE}}" id="a-{{ID}}" aria-labelledby="h-{{ID}}">
<div class="cardtop">
<p class="badges">
{{#BADGE}}<span class="badge {{KIND}}">{{TEXT}}</span>{{/BADGE}}
</p>
<span class="aside"><time datetime="{{ISO}}" title="{{UTC}}">{{AGO}}</time>{{#LINK}}<a href="/inbox/approvals/{{ID}}" aria-describedby="h-{{ID}}">Details</a>{{/LINK}}</span>
</div>
<h2 id="h-{{ID}}"><strong>{{USER}}</strong> {{DEED}}{{#TIMES}} <span class="times">{{COUNT}} times</span>{{/TIMES}}</h2>
{{#REASON}}<p class="reason">{{TEXT}}</p>{{/REASON}}
{{#NEWS}}<p class="news">{{TEXT}}</p>{{/NEWS}}
<dl>
{{#FACT}}<div><dt>{{NAME}}</dt><dd{{#MONO}} class="mono"{{/MONO}}>{{VALUE}}</dd></div>{{/FACT}}
</dl>
{{#SAID}}<p class="said">{{TEXT}} <time datetime="{{ISO}}" title="{{UTC}}">{{AGO}}</time>{{#WHY}}<q>{{TEXT}}</q>{{/WHY}}</p>{{/SAID}}
{{#DECIDE}}
<form method="post" action="/inbox/decide">
<input type="hidden" name="proof" value="{{PROOF}}">
<input type="hidden" name="approval" value="{{ID}}">
{{/DECIDE}}
{{#LIST}}
<fieldset class="burst">
<legend>{{LEGEND}}</legend>
{{#EVENT}}
<div class="one">
{{#OPEN}}<input type="checkbox" name="event" value="{{EVENT_ID}}" id="e-{{EVENT_ID}}" checked>{{/OPEN}}
<label{{#OPEN}} for="e-{{EVENT_ID}}"{{/OPEN}}><time datetime="{{ISO}}">{{UTC}}</time> <span class="mono">{{ORIGIN}}</span> <span>{{HOST}}</span></label>
{{#SETTLED}}<span class="state {{STATE}}">{{STATE}}</span>{{/SETTLED}}
</div>
{{/EVENT}}
</fieldset>
{{/LIST}}
{{#DECIDE2}}
{{#SINGLE}}<input type="hidden" name="event" value="{{EVENT_ID}}">{{/SINGLE}}
{{#OTHERS}}<p class="hint">{{TEXT}}</p>{{/OTHERS}}
<div class="why">
<label for="r-{{ID}}">Reason <span class="hint">optional</span></label>
<input id="r-{{ID}}" name="reason" maxlength="500" autocomplete="off">
</div>
<div class="buttons">
{{#APPROVE}}<button class="yes" name="act" value="approve" type="submit">{{YES}}</button>{{/APPROVE}}
{{#SAME}}<button class="quiet" name="act" value="approve_for" type="submit">{{YES}}</button>{{/SAME}}
<button class="no" name="act" value="deny" type="submit">{{NO}}</button>
{{#WRONG}}<button class="quiet" name="act" value="wrong_person" type="submit">Not mine: wrong person</button>{{/WRONG}}
{{#TAKE}}<button class="quiet" name="act" value="take" type="submit">Take it</button>{{/TAKE}}
</div>
</form>
{{/DECIDE2}}
{{#DISPUTE}}
<form method="post" action="/inbox/decide" class="buttons">
<input type="hidden" name="proof" value="{{PROOF}}">
<input type="hidden" name="approval" value="{{ID}}">
<button class="no" name="act" value="not_me" type="submit">That was not me</button>
</form>
{{/DISPUTE}}
{{#CANNOT}}<p class="hint">{{TEXT}}</p>{{/CANNOT}}
</article>
