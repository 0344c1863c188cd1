// E-mail addresses by which sign-ins to clouds and consoles name people. Never made of a name, nor a name of one. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace countersign::core {

/// The one spelling of an address: in ASCII lower case. Servers may tell local parts apart by case; nobody's do.
std::string canonical_email(std::string_view address);

/// The address of whom an event is about; empty: it tells none. user.email, else, where a rule read an account that is
/// no host's, its name where that is an address, or the session's that IAM Identity Center made in AWS: of other roles
/// whoever assumes one chooses that name.
std::string email_of(const Event& event);

}  // namespace countersign::core
