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
