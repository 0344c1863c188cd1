{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Reconciliation {{FROM}} to {{TO}} · Countersign</title>
<style>{{>STYLE}}</style>
</head>
<body>
<header>
<p class="brand">Countersign</p>
<h1>Reconciliation report</h1>
<p class="span"><time>{{FROM}}</time> to <time>{{TO}}</time> <span class="soft">made <time>{{MADE}}</time></span></p>
</header>
<main>
<section class="figures">
{{#FIGURE}}<div class="figure {{CLASS}}"><b>{{COUNT}}</b><span>{{TITLE}}</span><small>{{MEANING}}</small></div>
{{/FIGURE}}
</section>
{{#CHART}}
<section>
<h2>Verdicts by day</h2>
<div class="scroll newest"><svg class="days" viewBox="0 0 720 {{HEIGHT}}" role="img" aria-label="Verdicts by day">
{{#LINE}}<line x1="{{X}}" x2="720" y1="{{Y}}" y2="{{Y}}"/><text x="{{X}}" y="{{Y}}" dx="-6" dy="4" text-anchor="end">{{COUNT}}</text>
{{/LINE}}
{{#BAR}}<rect class="{{CLASS}}" x="{{X}}" y="{{Y}}" width="{{WIDTH}}" height="{{TALL}}"><title>{{TITLE}}</title></rect>
{{/BAR}}
{{#DATE}}<text x="{{X}}" y="{{Y}}" text-anchor="middle">{{TEXT}}</text>
{{/DATE}}
</svg></div>
<ul class="legend">{{#LEGEND}}<li class="{{CLASS}}">{{TITLE}}</li>{{/LEGEND}}</ul>
</section>
{{/CHART}}
<section>
<h2>Findings</h2>
{{#COUNTS}}<p>{{TEXT}}</p>{{/COUNTS}}
{{#NO_FINDINGS}}<p class="soft">None in this span.</p>{{/NO_FINDINGS}}
{{#FINDING}}
<article>
<h3>{{TITLE}} <span class="soft">{{WHERE}}</span></h3>
<p>{{REASON}}</p>
<p class="soft"><time>{{AT}}</time> · {{SETTLED}}{{#OUTSIDE}} · raised outside the span, about what happened in it{{/OUTSIDE}}</p>
{{#EVENT}}
<div class="login">
<p class="whose">{{LOGIN}}</p>
{{#MARK}}<p class="mark">{{TEXT}}</p>{{/MARK}}
{{#SIDES}}
<div class="sides">
{{#SIDE}}<div class="side"><h4>{{TITLE}}</h4>{{#NOTHING}}<p class="soft">said nothing</p>{{/NOTHING}}{{#SAID}}<p class="soft"><time>{{AT}}</time> by {{BY}}</p><p class="mono">{{WORDS}}</p>{{/SAID}}</div>
{{/SIDE}}
</div>
{{/SIDES}}
</div>
{{/EVENT}}
{{#MORE_EVENTS}}<p class="soft">{{TEXT}}</p>{{/MORE_EVENTS}}
</article>
{{/FINDING}}
{{#MORE_FINDINGS}}<p class="soft">{{TEXT}}</p>{{/MORE_FINDINGS}}
</section>
<section>
<h2>Hosts</h2>
{{#NO_HOSTS}}<p class="soft">No host is configured, and none told of a login.</p>{{/NO_HOSTS}}
{{#HOSTS}}
<div class="scroll"><table>
<thead><tr><th scope="col">host</th><th scope="col">logins</th><th scope="col">matched</th><th scope="col">one credential</th><th scope="col">not in log</th><th scope="col">not in kernel</th><th scope="col">mismatch</th><th scope="col">could not tell</th><th scope="col">kernel coverage</th></tr></thead>
<tbody>
{{#HOST}}
<tr><th scope="row"{{#CUT}} title="{{WHOLE}}"{{/CUT}}>{{NAME}}</th><td>{{LOGINS}}</td><td>{{MATCHED}}</td><td>{{SAME}}</td><td class="{{LOG_CLASS}}">{{NO_LOG}}</td><td class="{{KERNEL_CLASS}}">{{NO_KERNEL}}</td><td class="{{MISMATCH_CLASS}}">{{MISMATCH}}</td><td>{{BLIND}}</td><td class="coverage">
{{#STRIP}}<svg viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="{{PERCENT}}"><rect class="seen" x="0" y="0" width="200" height="12"/>{{#GAP}}<rect class="gap" x="{{X}}" y="0" width="{{WIDTH}}" height="12"><title>{{TITLE}}</title></rect>{{/GAP}}</svg>{{/STRIP}}
<span>{{PERCENT}}</span></td></tr>
{{#NOTE}}<tr class="note"><td></td><td colspan="8">{{TEXT}}</td></tr>
{{/NOTE}}
{{/HOST}}
</tbody>
</table></div>
{{/HOSTS}}
{{#MORE_HOSTS}}<p class="soft">{{TEXT}}</p>{{/MORE_HOSTS}}
</section>
<section>
<h2>Ways in that nobody witnesses</h2>
{{#NO_WAYS}}<p class="soft">None that is known: every host has an agent and a log, and no agent saw another way in.</p>{{/NO_WAYS}}
{{#WAYS}}
<div class="scroll"><table class="words">
<thead><tr><th scope="col">host</th><th scope="col">way in</th><th scope="col">seen since</th><th scope="col">what follows</th></tr></thead>
<tbody>
{{#WAY}}<tr><th scope="row"{{#CUT}} title="{{WHOLE}}"{{/CUT}}>{{HOST}}</th><td>{{NAME}}</td><td>{{#SINCE}}<time>{{AT}}</time>{{/SINCE}}</td><td>{{WORDS}}</td></tr>
{{/WAY}}
</tbody>
</table></div>
{{/WAYS}}
{{#MORE_WAYS}}<p class="soft">{{TEXT}}</p>{{/MORE_WAYS}}
</section>
{{#ALIASES}}
<section>
<h2>Names that nobody declared</h2>
{{#ALIAS}}
<article class="hint">
<h3>{{NAME}} <span class="soft">may be {{HOST}}</span></h3>
<p>{{WORDS}}</p>
{{#TOML}}<pre>{{TEXT:pre_escape}}</pre>{{/TOML}}
</article>
{{/ALIAS}}
{{#MORE_ALIASES}}<p class="soft">{{TEXT}}</p>{{/MORE_ALIASES}}
</section>
{{/ALIASES}}
<section>
<h2>Approvals</h2>
<p>{{APPROVALS}}</p>
{{#SPEED}}<p>{{TEXT}}</p>{{/SPEED}}
{{#DECIDERS}}
<div class="scroll"><table>
<thead><tr><th scope="col">who decided</th><th scope="col">approved</th><th scope="col">denied</th><th scope="col">other</th><th scope="col">findings</th></tr></thead>
<tbody>
{{#DECIDER}}<tr><th scope="row">{{NAME}}</th><td>{{APPROVED}}</td><td>{{DENIED}}</td><td>{{OTHERS}}</td><td>{{FINDINGS}}</td></tr>
{{/DECIDER}}
</tbody>
</table></div>
{{#MORE_DECIDERS}}<p class="soft">{{TEXT}}</p>{{/MORE_DECIDERS}}
{{/DECIDERS}}
{{#DENIED}}
<h3>Denied</h3>
<div class="scroll"><table class="words">
<thead><tr><th scope="col">asked</th><th scope="col">login</th><th scope="col">word</th></tr></thead>
<tbody>
{{#ASKED}}<tr><td><time>{{AT}}</time></td><td>{{LOGINS}}</td><td>{{STATE}}</td></tr>
{{/ASKED}}
</tbody>
</table></div>
{{#MORE_ASKED}}<p class="soft">{{TEXT}}</p>{{/MORE_ASKED}}
{{/DENIED}}
{{#OPEN}}
<h3>Still open</h3>
<div class="scroll"><table class="words">
<thead><tr><th scope="col">asked</th><th scope="col">login</th><th scope="col">whom</th></tr></thead>
<tbody>
{{#ASKED}}<tr><td><time>{{AT}}</time></td><td>{{LOGINS}}</td><td>{{STATE}}</td></tr>
{{/ASKED}}
</tbody>
</table></div>
{{#MORE_ASKED}}<p class="soft">{{TEXT}}</p>{{/MORE_ASKED}}
{{/OPEN}}
</section>
<section>
<h2>Delivery of the log</h2>
{{#NO_DELIVERY}}<p class="soft">No log line of a login came.</p>{{/NO_DELIVERY}}
{{#DELIVERIES}}
<div class="scroll"><table>
<thead><tr><th scope="col">source</th><th scope="col">lines</th><th scope="col">brought later, not counted</th><th scope="col">counted, of unknown arrival</th><th scope="col">median</th><th scope="col">95 of 100</th><th scope="col">slowest</th></tr></thead>
<tbody>
{{#DELIVERY}}<tr><th scope="row">{{SOURCE}}</th><td>{{LINES}}</td><td>{{BROUGHT}}</td><td>{{UNKNOWN}}</td><td>{{P50}}</td><td>{{P95}}</td><td>{{WORST}}</td></tr>
{{/DELIVERY}}
</tbody>
</table></div>
{{#MORE_DELIVERY}}<p class="soft">{{TEXT}}</p>{{/MORE_DELIVERY}}
{{/DELIVERIES}}
</section>
<section>
<h2>Deliveries refused</h2>
{{#NO_REFUSED}}<p class="soft">None {{REFUSED_SPAN}}.</p>{{/NO_REFUSED}}
{{#REFUSALS}}
<p>What senders keep, or have lost, {{REFUSED_SPAN}}.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">webhook</th><th scope="col">why</th><th scope="col">deliveries</th></tr></thead>
<tbody>
{{#REFUSED}}<tr><th scope="row">{{WEBHOOK}}</th><td>{{WHY}}</td><td>{{DELIVERIES}}</td></tr>
{{/REFUSED}}
</tbody>
</table></div>
{{#MORE_REFUSED}}<p class="soft">{{TEXT}}</p>{{/MORE_REFUSED}}
{{/REFUSALS}}
</section>
<section>
<h2>Quarantine</h2>
{{#NO_QUARANTINE}}<p class="soft">Nothing: every message of a watched program was understood.</p>{{/NO_QUARANTINE}}
{{#QUARANTINES}}
<div class="scroll"><table>
<thead><tr><th scope="col">program</th><th scope="col">source</th><th scope="col">messages no rule understood</th></tr></thead>
<tbody>
{{#QUARANTINE}}<tr><th scope="row">{{PROGRAM}}</th><td>{{SOURCE}}</td><td>{{MESSAGES}}</td></tr>
{{/QUARANTINE}}
</tbody>
</table></div>
{{#MORE_QUARANTINE}}<p class="soft">{{TEXT}}</p>{{/MORE_QUARANTINE}}
{{/QUARANTINES}}
</section>
<section>
<h2>Audit chain</h2>
<p>{{ENTRIES}} entries; head <code>{{HEAD}}</code></p>
<p class="soft">Keep the head away from the server: <code>countersign audit verify --head {{HEAD}}</code> then finds a change, a gap or a cut tail.</p>
</section>
</main>
</body>
</html>
