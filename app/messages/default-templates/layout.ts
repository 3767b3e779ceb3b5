/**
 * The one layout of all mails. No image, no script, nothing fetched from anywhere, so there is nothing to track with.
 * Rendered with every value escaped. Tables carry the width for old mail clients; colours turn with the reader's dark
 * mode. Contrast is at least 4.5 to 1 in both (WCAG 2.2, 1.4.3).
 */
export const layout = `<!doctype html>
<html lang="{{ lang }}" dir="{{ dir }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>{{ subject }}</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; width: 100%; background: #f4f5f3; }
a { color: #0f5c4d; }
@media (max-width: 620px) {
  .card { padding: 28px 22px !important; }
  .outer { padding: 16px 10px !important; }
  .button a { display: block !important; text-align: center; }
}
@media (prefers-color-scheme: dark) {
  body, .ground { background: #161a19 !important; }
  .card { background: #212726 !important; border-color: #36403d !important; }
  .ink, .ink p, .ink li, h1 { color: #eef2f0 !important; }
  .soft, .ink p.soft { color: #aebbb6 !important; }
  .rule { border-color: #36403d !important; }
  .button a { background: #7fd6bf !important; color: #0b2a23 !important; }
  a.quiet { color: #8fdcc8 !important; }
}
</style>
</head>
<body>
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{{ preview }}</div>
<table role="presentation" class="ground" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f5f3">
<tr><td class="outer" align="center" style="padding:32px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="soft" dir="auto" style="padding:0 4px 14px;font:600 15px/1.4 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#4d5a56">{{ shop_name }}</td></tr>
<tr><td class="card ink" style="background:#ffffff;border:1px solid #e1e5e2;border-radius:12px;padding:36px 40px;font:400 16px/1.6 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#1d2624">
<h1 style="margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:650;color:#1d2624">{{ heading }}</h1>
{%- for block in blocks %}
{%- if block.list %}
<ul style="margin:0 0 16px;padding-inline-start:22px">
{%- for item in block.list %}
<li style="margin:0 0 8px">{{ item }}</li>
{%- endfor %}
</ul>
{%- else %}
<p style="margin:0 0 16px">{{ block.paragraph }}</p>
{%- endif %}
{%- endfor %}
{%- if action %}
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"><tr><td class="button" style="padding:10px 0 6px">
<a href="{{ link }}" style="display:inline-block;background:#0f5c4d;color:#ffffff;text-decoration:none;font-weight:600;padding:13px 26px;border-radius:8px">{{ action }}</a>
</td></tr></table>
<p class="soft" style="margin:6px 0 20px;font-size:13px;line-height:1.5;color:#5b6864">{{ copy_link }}<br><a class="quiet" href="{{ link }}" style="color:#0f5c4d;word-break:break-all">{{ link }}</a></p>
{%- endif %}
{%- if facts.size > 0 %}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="rule" style="border-top:1px solid #e1e5e2;margin-top:8px">
{%- for fact in facts %}
<tr><td class="soft rule" style="padding:10px 12px 10px 0;border-bottom:1px solid #e1e5e2;font-size:14px;color:#5b6864;white-space:nowrap;vertical-align:top">{{ fact.name }}</td><td class="ink rule" dir="auto" align="right" style="padding:10px 0;border-bottom:1px solid #e1e5e2;font-size:14px;color:#1d2624">{{ fact.value }}</td></tr>
{%- endfor %}
</table>
{%- endif %}
</td></tr>
<tr><td class="soft" style="padding:20px 4px 0;font:400 13px/1.6 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#5b6864">
{%- if reply_to %}
<p style="margin:0 0 8px">{{ reply }}: <a class="quiet" href="mailto:{{ reply_to }}" style="color:#0f5c4d">{{ reply_to }}</a></p>
{%- endif %}
<p style="margin:0 0 8px">{{ stop }} <a class="quiet" href="{{ link }}" style="color:#0f5c4d">{{ stop_link }}</a>.</p>
<p style="margin:0">{{ why }}</p>
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`
