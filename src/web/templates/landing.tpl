{{%AUTOESCAPE context="HTML"}}
<section class="hero">
<h1>Was this you?</h1>
<p class="lead">Countersign asks the person behind every privileged login, and tells the security team when nobody answers.</p>
</section>
<div class="ways">
<section class="panel">
<h2>Your inbox</h2>
<p>You get in with a one-time link. Ask the security team for one, or make it on the server:</p>
<pre><code>countersign inbox link --person "Your Name"</code></pre>
<p class="hint">The link works once, within an hour. If you were here before, <a href="/inbox">go on to your inbox</a>.</p>
</section>
<section class="panel">
<h2>Security team</h2>
<p>Sign in with an API token whose role is <code>security</code> or <code>admin</code>.</p>
<form method="post" action="/inbox/token" class="stack">
<label for="token">API token</label>
<input id="token" name="token" type="password" autocomplete="off" required spellcheck="false">
<button class="yes" type="submit">Sign in</button>
</form>
</section>
</div>
