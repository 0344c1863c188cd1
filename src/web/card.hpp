// An approval as the pages show it: a card that can be decided, a line among the recent ones, and its timeline.
// Fills template values only; everything from outside is cut to a line first, and escaped by the template.
#pragma once

#include "app/store.hpp"
#include "web/html.hpp"
#include "web/session.hpp"

namespace countersign::web {

/// Who looks, and when.
struct Onlooker {
  const Session& session;
  Timestamp now{};
  std::string same_for{};  // how long "and the same" lasts, in words; empty: it is not offered
};

/// Whether this session may see the approval at all.
bool may_see(const Session& session, const core::Approval& approval);

/// approval.tpl. `linked`: its headline leads to its own page.
void fill_card(ctemplate::TemplateDictionary& card, const app::FullApproval& full, const Onlooker& who, bool linked);
/// A ROW of inbox.tpl.
void fill_row(ctemplate::TemplateDictionary& row, const app::FullApproval& full, Timestamp now);
/// The STEPs of detail.tpl, oldest first.
void fill_timeline(ctemplate::TemplateDictionary& page, const app::FullApproval& full);

}  // namespace countersign::web
