// Query strings and form bodies with names that occur more than once, cookies, and a small part of the Accept header.
// Pure; input from anyone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace countersign::web {

/// Every value of `name` in a query string or form body, decoded, in order. Looks at no more than 1,000 pairs;
/// a value with a bad escape is left out.
std::vector<std::string> form_values(std::string_view form, std::string_view name);

/// The value of a cookie (RFC 6265 section 4.2.1), or empty.
std::string_view cookie(const net::Request& request, std::string_view name);

/// True for a browser that navigates: it asks for HTML.
bool wants_page(const net::Request& request);

/// The media type of the body, without parameters, lower-case.
std::string media_type(const net::Request& request);

}  // namespace countersign::web
