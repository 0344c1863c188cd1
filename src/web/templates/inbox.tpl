{{%AUTOESCAPE context="HTML"}}
<div class="heading">
<h1>{{HEADING}}</h1>
{{#FILTER}}
<form class="filter" method="get" action="/inbox">
<label for="person">Person</label>
<select id="person" name="person">
<option value="">Everybody</option>
{{#PERSON}}<option value="{{NAME}}"{{#CHOSEN}} selected{{/CHOSEN}}>{{NAME}}</option>{{/PERSON}}
</select>
<button class="quiet" type="submit">Show</button>
</form>
{{/FILTER}}
</div>
{{#NOTHING}}
<section class="nothing">
<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 17.5 9.5 24 21 10"/><path d="M15 21.5 17.5 24 29 10"/></svg>
<p><strong>Nothing waits.</strong> {{TEXT}}</p>
</section>
{{/NOTHING}}
{{#CARD}}{{>APPROVAL}}{{/CARD}}
{{#MORE}}<p class="more"><a href="/inbox?person={{PERSON}}&amp;cursor={{CURSOR}}">Older ones wait too: show them</a></p>{{/MORE}}
{{#RECENT}}
<h2>Recently decided</h2>
<ul class="recent">
{{#ROW}}
<li>
<a href="/inbox/approvals/{{ID}}">
<span class="state {{STATE}}">{{STATE}}</span>
<span class="what"><strong>{{USER}}</strong> {{DEED}}{{#TIMES}} <span class="times">{{COUNT}} times</span>{{/TIMES}}</span>
<span class="said">{{SAID}}</span>
<time datetime="{{ISO}}" title="{{UTC}}">{{AGO}}</time>
</a>
</li>
{{/ROW}}
</ul>
{{/RECENT}}
{{#NOTICES}}
<h2>From the service</h2>
{{#NOTICE}}
<section class="panel notice">
<h3>{{TITLE}} <time datetime="{{ISO}}">{{ISO}}</time></h3>
{{#LINE}}<p>{{TEXT}}</p>
{{/LINE}}
{{#UNSENT}}<p class="hint">{{TEXT}}</p>{{/UNSENT}}
</section>
{{/NOTICE}}
{{/NOTICES}}
