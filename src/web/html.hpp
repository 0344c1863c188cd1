// HTML from the embedded templates, escaped by where a value stands (ctemplate's auto-escaping), and the assets beside
// them. The templates are parsed once; afterwards safe for concurrent access.
#pragma once

#include <string.h>  // ctemplate's headers use it and don't say so

#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace countersign::web {

/// One page about to be rendered: the frame around it and the body's values.
class Page {
 public:
  /// `body` names a template ("inbox.tpl").
  Page(std::string_view body, std::string_view title);
  [[nodiscard]] ctemplate::TemplateDictionary& body() { return *body_; }
  [[nodiscard]] ctemplate::TemplateDictionary& frame() { return frame_; }
  [[nodiscard]] const ctemplate::TemplateDictionary& frame() const { return frame_; }

 private:
  ctemplate::TemplateDictionary frame_;
  ctemplate::TemplateDictionary* body_;  // within frame_
};

class Pages {
 public:
  /// Throws where a template is faulty: the program was built wrong.
  Pages();

  [[nodiscard]] net::Response reply(int status, Page& page) const;
  /// A page that says one thing: what happened, and what to do now.
  [[nodiscard]] net::Response message(int status, std::string_view title, std::string_view text) const;
  /// GET /assets/NAME; 404 where there is none.
  [[nodiscard]] net::Response asset(std::string_view name) const;

 private:
  ctemplate::TemplateCache cache_;
  std::string version_;  // of the assets, so that a browser keeps them until they change
};

/// A value of any bytes for a template.
inline ctemplate::TemplateString value(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace countersign::web
