{{%AUTOESCAPE context="HTML"}}
<section class="notice">
<h1>{{TITLE}}</h1>
<p>{{TEXT}}</p>
<p><a href="/">Back to the start</a></p>
</section>
