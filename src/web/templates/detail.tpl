{{%AUTOESCAPE context="HTML"}}
<p class="back"><a href="/inbox">Inbox</a></p>
{{>APPROVAL}}
{{#CONTAIN}}
<section class="panel">
<h2>End the session</h2>
<p>It was denied, and the host's agent saw it begin. The agent ends that session and no other, if it may; what it did is written below.</p>
<form method="post" action="/inbox/contain" class="stack">
<input type="hidden" name="proof" value="{{PROOF}}">
<input type="hidden" name="approval" value="{{ID}}">
<button class="no" type="submit">End the session now</button>
</form>
</section>
{{/CONTAIN}}
{{#REVISE}}
<section class="panel">
<h2>Revise this decision</h2>
<p>The record keeps the first decision; yours is added to it.</p>
<form method="post" action="/inbox/decide" class="stack">
<input type="hidden" name="proof" value="{{PROOF}}">
<input type="hidden" name="approval" value="{{ID}}">
<input type="hidden" name="act" value="revise">
<label for="revised">It becomes</label>
<select id="revised" name="state">
<option value="denied"{{#TO_DENIED}} selected{{/TO_DENIED}}>denied</option>
<option value="approved"{{#TO_APPROVED}} selected{{/TO_APPROVED}}>approved</option>
</select>
<label for="reason">Reason</label>
<input id="reason" name="reason" maxlength="500" required autocomplete="off">
<button class="quiet" type="submit">Revise</button>
</form>
</section>
{{/REVISE}}
<h2>Timeline</h2>
<ol class="timeline">
{{#STEP}}
<li class="{{KIND}}">
<time datetime="{{ISO}}">{{UTC}}</time>
<p>{{TEXT}}</p>
{{#MORE}}<p class="mono">{{TEXT}}</p>{{/MORE}}
</li>
{{/STEP}}
</ol>
