{{%AUTOESCAPE context="HTML"}}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}} · Countersign</title>
<link rel="icon" href="/assets/mark.svg?v={{VERSION}}" type="image/svg+xml">
<link rel="stylesheet" href="/assets/site.css?v={{VERSION}}">
{{#FRESH}}<script src="/assets/fresh.js?v={{VERSION}}" defer></script>{{/FRESH}}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<div class="wrap">
<a class="brand" href="/">
<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M3 17.5 9.5 24 21 10"/><path d="M15 21.5 17.5 24 29 10"/></svg>
Countersign</a>
{{#WHO}}
<form class="who" method="post" action="/inbox/leave">
<input type="hidden" name="proof" value="{{PROOF}}">
{{#SECURITY}}<a href="/report">Report</a> <a href="/hosts">Hosts</a>{{/SECURITY}}
<span class="name">{{NAME}}{{#SECURITY}} <span class="team">security team</span>{{/SECURITY}}</span>
<button class="quiet" type="submit">Sign out</button>
</form>
{{/WHO}}
</div>
</header>
<main id="main" class="wrap">
{{#FLASH}}<p class="flash {{KIND}}" role="status">{{TEXT}}</p>{{/FLASH}}
{{>BODY}}
</main>
<footer class="wrap"><p>Every privileged login is countersigned by a human, and proved by two witnesses.</p></footer>
</body>
</html>
