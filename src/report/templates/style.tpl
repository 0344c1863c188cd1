{{%AUTOESCAPE context="CSS"}}
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f23; --soft: #59626b; --line: #dfddd5; --well: #f5f4f0; --good: #0b6b53; --same: #6a9e8f; --bad: #b3261e; --warn: #c77700; --warn-ink: #8a5200; --grey: #a9aeb3; --pale: #d5d8da; --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #121517; --ink: #e9e7e1; --soft: #9da6ad; --line: #2e3438; --well: #1b1f22; --good: #58c9a7; --same: #3f7f6c; --bad: #ff8a7e; --warn: #ffc14d; --warn-ink: #ffc14d; --grey: #6b737a; --pale: #3a4147; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
.brand { margin: 0; font-weight: 650; color: var(--good); }
h1 { margin: .1rem 0; font-size: 1.8rem; letter-spacing: -.015em; } h2 { font-size: 1.1rem; margin: 2.4rem 0 .7rem; } h3 { font-size: 1rem; margin: 0; }
p { margin: .3rem 0; } .soft, small { color: var(--soft); font-weight: 400; } .span { font-size: 1.02rem; } .span .soft { margin-left: .6rem; font-size: .85rem; }
time, td { font-variant-numeric: tabular-nums; } .mono, code { font-family: var(--mono); font-size: .82em; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .7rem; margin-top: 1.4rem; }
.figure { background: var(--well); border-left: 4px solid var(--grey); border-radius: 6px; padding: .55rem .8rem; display: grid; align-content: start; }
.figure b { font-size: 1.6rem; line-height: 1.25; font-variant-numeric: tabular-nums; } .figure span { font-weight: 600; } .figure small { font-size: .8rem; line-height: 1.35; }
.figure.matched { border-color: var(--good); } .figure.matched_same_credential { border-color: var(--same); }
.figure.missing_log, .figure.missing_kernel, .figure.mismatch { border-color: var(--bad); } .figure.indeterminate, .figure.waiting { border-color: var(--warn); }
svg.days { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; } svg line { stroke: var(--line); }
rect.matched { fill: var(--good); } rect.matched_same_credential { fill: var(--same); } rect.missing_log, rect.missing_kernel, rect.mismatch { fill: var(--bad); }
rect.indeterminate, rect.waiting { fill: var(--warn); } rect.unenrolled { fill: var(--grey); } rect.not_applicable { fill: var(--pale); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .4rem 0 0; padding: 0; font-size: .85rem; }
.legend li::before { content: ""; display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .4rem; background: var(--grey); }
.legend .matched::before { background: var(--good); } .legend .matched_same_credential::before { background: var(--same); } .legend .findings::before { background: var(--bad); } .legend .indeterminate::before { background: var(--warn); } .legend .not_applicable::before { background: var(--pale); }
article { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 6px; padding: .7rem .9rem; margin: 0 0 .7rem; break-inside: avoid; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; overflow-wrap: normal; }
th, td { text-align: right; padding: .35rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
thead th { color: var(--soft); font-size: .8rem; vertical-align: bottom; } th:first-child, tr.note td { text-align: left; } tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 7rem; }
tr.note td { border: 0; padding-top: 0; color: var(--soft); font-size: .85rem; } td.bad { color: var(--bad); font-weight: 700; }
td.coverage { white-space: nowrap; min-width: 11rem; } td.coverage svg { width: 6.5rem; height: .7rem; border-radius: 3px; vertical-align: middle; margin-right: .5rem; } rect.seen { fill: var(--good); } rect.gap { fill: var(--warn); }
table.words th, table.words td { text-align: left; } table.words tbody th { max-width: 14rem; } table.words time { white-space: nowrap; } section > h3 { margin: 1.2rem 0 .3rem; } p.mark { color: var(--warn-ink); font-weight: 600; }
article.hint { border-left-color: var(--warn); } pre { margin: .5rem 0 0; padding: .55rem .7rem; background: var(--well); border-radius: 6px; overflow-x: auto; font-family: var(--mono); font-size: .82em; }
.login { border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .5rem; } .whose { font-weight: 600; } .side h4 { font-size: .8rem; color: var(--soft); margin: 0; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); gap: .6rem; margin-top: .4rem; font-size: .85rem; }
.side { background: var(--well); border-radius: 6px; padding: .45rem .65rem; min-width: 0; } .side p { margin: .15rem 0; }
@media screen and (max-width: 40rem) {
body { padding: 1.2rem .9rem 3rem; } h1 { font-size: 1.45rem; } .figures { grid-template-columns: 1fr 1fr; } svg.days { min-width: 34rem; direction: ltr; } .newest { direction: rtl; }
.words thead { display: none; } .words tbody, .words tr, .words td, .words th { display: block; border: 0; padding: .05rem 0; min-width: 0; } table.words tbody th { max-width: none; }
.words tr { border-top: 1px solid var(--line); padding: .45rem 0; }
.scroll tbody th { position: sticky; left: 0; background: var(--paper); } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } h2 { break-after: avoid; } tr { break-inside: avoid; } * { print-color-adjust: exact; } }
