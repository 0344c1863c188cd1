#include "web/html.hpp"

#include <ctemplate/per_expand_data.h>

#include <stdexcept>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "pages.hpp"
#include "web/reply.hpp"

namespace countersign::web {
namespace {

constexpr std::string_view templates = "templates/";
constexpr std::string_view assets = "assets/";
constexpr auto strip = ctemplate::STRIP_BLANK_LINES;

// Nothing from elsewhere, nothing inline, no frame around us. Same-origin, not no-referrer: with that one browsers
// send our own forms with "Origin: null".
const net::Headers page_headers{
    {"Content-Type", "text/html; charset=utf-8"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Cache-Control", "no-store"}};

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace

Page::Page(std::string_view body, std::string_view title)
    : frame_("frame"), body_(frame_.AddIncludeDictionary("BODY")) {
  body_->SetFilename(value(body));
  frame_.SetValue("TITLE", value(title));
}

Pages::Pages() {
  std::string all;
  for (const auto& file : embedded::pages()) {
    if (file.name.starts_with(assets)) all += file.text;
    if (!file.name.starts_with(templates)) continue;
    const auto name = file.name.substr(templates.size());
    if (!cache_.StringToTemplateCache(value(name), value(file.text), strip))
      throw std::runtime_error("the page template " + std::string(name) + " is faulty");
  }
  cache_.Freeze();
  version_ = to_hex(crypto::sha256(all)).substr(0, 12);
}

net::Response Pages::reply(int status, Page& page) const {
  page.frame().SetValue("VERSION", version_);
  std::string html;
  ctemplate::PerExpandData expand;
  if (!cache_.ExpandNoLoad("frame.tpl", strip, &page.frame(), &expand, &html))
    return json_error(500, "this page can't be shown");
  return {.status = status, .headers = page_headers, .body = std::move(html)};
}

net::Response Pages::message(int status, std::string_view title, std::string_view text) const {
  Page page("message.tpl", title);
  page.body().SetValue("TITLE", value(title));
  page.body().SetValue("TEXT", value(text));
  return reply(status, page);
}

net::Response Pages::asset(std::string_view name) const {
  for (const auto& file : embedded::pages())
    if (file.name.starts_with(assets) && file.name.substr(assets.size()) == name)
      return {.status = 200,
              .headers = {{"Content-Type", std::string(type_of(name))},
                          {"Cache-Control", "public, max-age=31536000, immutable"},
                          {"X-Content-Type-Options", "nosniff"}},
              .body = std::string(file.text)};
  return json_error(404, "there is nothing here");
}

}  // namespace countersign::web
