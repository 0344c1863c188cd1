{{%AUTOESCAPE context="HTML"}}
<p class="back"><a href="/inbox">Inbox</a></p>
<div class="heading"><h1>Hosts</h1></div>
{{#NONE}}
<section class="nothing">
<p><strong>No host has an agent.</strong> Every login has one witness only: its log line. Name agents in the configuration, or let them join.</p>
</section>
{{/NONE}}
{{#TABLE}}
<div class="scroll">
<table class="hosts">
<thead><tr><th scope="col">Host</th><th scope="col">Agent</th><th scope="col">Last heard</th><th scope="col">Streams</th><th scope="col">Seen today</th></tr></thead>
<tbody>
{{#ROW}}
<tr>
<th scope="row">{{HOST}}</th>
<td><span class="state {{STATE}}">{{WORD}}</span></td>
<td>{{#SEEN}}<time datetime="{{ISO}}" title="{{UTC}}">{{AGO}}</time>{{/SEEN}}</td>
<td>{{CLASSES}}</td>
<td>{{COVERED}}{{#GAP}}<br><span class="hint">{{TEXT}}</span>{{/GAP}}</td>
</tr>
{{/ROW}}
</tbody>
</table>
</div>
<p class="hint">What the kernel's witness of each host could see since midnight UTC, as far as its agent has told.</p>
{{/TABLE}}
{{#ALIASES}}
<h2>Names that nobody declared</h2>
<p>A log tells of logins under these names that the kernel of a host saw under its own. Where you believe it, declare the name; nothing is done by itself.</p>
{{#ALIAS}}
<section class="panel">
<p><strong>{{NAME}}</strong> may be <strong>{{HOST}}</strong>.</p>
<p class="hint">{{WORDS}}</p>
{{#TOML}}<pre>{{TEXT:pre_escape}}</pre>{{/TOML}}
</section>
{{/ALIAS}}
{{/ALIASES}}
{{#WAYS}}
<h2>Ways in that nobody witnesses</h2>
<div class="scroll">
<table class="hosts">
<thead><tr><th scope="col">Host</th><th scope="col">Way in</th><th scope="col">What follows</th></tr></thead>
<tbody>
{{#WAY}}<tr><th scope="row">{{HOST}}</th><td>{{NAME}}</td><td class="hint">{{WORDS}}</td></tr>
{{/WAY}}
</tbody>
</table>
</div>
{{#MORE}}<p class="hint">There are more: <code>countersign hosts list</code> shows all.</p>{{/MORE}}
{{/WAYS}}
