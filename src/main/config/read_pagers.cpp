#include <fmt/format.h>

#include "base/text.hpp"
#include "chat/pager/mail.hpp"
#include "core/pager.hpp"
#include "main/config/reading.hpp"

namespace countersign::cli {
namespace {

void need_address(Section& table, std::string_view key, const std::string& address) {
  if (!address.empty() && !chat::pager::is_mail_address(address))
    table.problem(
        key, fmt::format("'{}' is no mail address; write it alone: \"security@example.com\"", one_line(address, 80)));
}

chat::EmailPagerSettings read_email_pager(Section& table) {
  chat::EmailPagerSettings pager;
  pager.server = table.required("server");
  need_scheme(table, "server", pager.server, "smtps://", "smtp://");
  pager.from = table.required("from");
  need_address(table, "from", pager.from);
  pager.to = table.texts("to");
  if (pager.to.empty())
    table.problem(table.has("to") ? "to" : "", "[[pager]] mails nobody; add to = [\"security@example.com\"]");
  for (const auto& address : pager.to)
    need_address(table, "to", address);
  pager.user = table.text("user", "");
  pager.password = table.secret("password");
  const bool has_password = table.has("password_file") || table.has("password_env") || table.has("password");
  if (!pager.user.empty() && !has_password)
    table.problem("user", "'user' needs its password; add password_file = \"…\"");
  if (pager.user.empty() && has_password) table.problem("", "[[pager]] has a password and no user; add user = \"…\"");
  pager.ca_file = read_ca_file(table);
  return pager;
}

}  // namespace

void read_pagers(Section& root, Config& config) {
  Claims names("the pager's name", "give each pager its own: name = \"…\"");
  for (auto& table : root.each("pager")) {
    const auto kind = table.required("kind");
    const auto name = table.text("name", kind);
    if (kind != "webhook" && kind != "email") {
      if (!kind.empty())
        table.problem("kind",
                      fmt::format("'{}' is no kind of pager; write \"webhook\" or \"email\"", one_line(kind, 40)));
      continue;  // its other keys can't be judged
    }
    if (!is_plain_name(name))
      table.problem("name", "a pager's name has letters, digits, '.', '-' and '_' only, 64 at most");
    if (name.starts_with(core::publisher_prefix))
      table.problem("name", fmt::format("no pager's name can begin with '{}'; choose another", core::publisher_prefix));
    names.claim(table, table.has("name") ? "name" : "kind", name, name);
    if (kind == "webhook") {
      config.pagers.emplace_back(read_outbound_webhook(table, "[[pager]] needs a secret to sign its pages with"));
      std::get<chat::WebhookPagerSettings>(config.pagers.back()).name = name;
    } else {
      config.pagers.emplace_back(read_email_pager(table));
      std::get<chat::EmailPagerSettings>(config.pagers.back()).name = name;
    }
    config.schedule.pagers.push_back(name);
    table.finish();
  }
}

}  // namespace countersign::cli
