{{%AUTOESCAPE context="HTML"}}
<section class="notice">
<h1>{{HEADING}}</h1>
<p>This link works once. Press the button to use it; you stay signed in on this browser for 12 hours.</p>
<form method="post" action="/inbox/enter">
<input type="hidden" name="pass" value="{{PASS}}">
<button class="yes" type="submit" autofocus>{{BUTTON}}</button>
</form>
</section>
