#include "core/directory.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "core/email.hpp"
#include "core/host_name.hpp"

namespace countersign::core {
namespace {

bool covers(const std::vector<std::string>& globs, std::string_view host) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto& pattern) { return host_glob(pattern, host); });
}

bool lists(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool lists_keys(const Person& person) {
  return !person.keys.empty() || !person.certificates.empty();
}

/// Whose declared address the event tells, if anybody's.
const Person* by_email(const std::vector<Person>& people, const Event& event) {
  const auto email = email_of(event);
  if (email.empty()) return nullptr;
  const auto found =
      std::ranges::find_if(people, [&](const Person& person) { return canonical_email(person.email) == email; });
  return found == people.end() ? nullptr : &*found;
}

}  // namespace

Directory::Directory(Entries entries) : entries_(std::move(entries)) {
  for (std::size_t i = 0; i < entries_.people.size(); ++i) {
    const auto& person = entries_.people[i];
    person_by_name_.emplace(person.name, i);
    if (!person.slack_user.empty()) person_by_slack_user_.emplace(person.slack_user, i);
    for (const auto& key : person.keys)
      person_by_key_.emplace(key, i);
    for (const auto& account : person.accounts)
      if (auto& people = people_by_user_[account.user]; people.empty() || people.back() != i) people.push_back(i);
  }
  for (std::size_t i = 0; i < entries_.hosts.size(); ++i) {
    auto& host = entries_.hosts[i];
    host.name = canonical_host(host.name);
    host_by_name_.emplace(host.name, i);
    for (const auto& alias : host.aliases)
      host_by_name_.emplace(canonical_host(alias), i);
  }
}

const Person* Directory::person(std::string_view name) const {
  const auto found = person_by_name_.find(std::string(name));
  return found == person_by_name_.end() ? nullptr : &entries_.people[found->second];
}

const Person* Directory::by_slack_user(std::string_view id) const {
  const auto found = person_by_slack_user_.find(std::string(id));
  return found == person_by_slack_user_.end() ? nullptr : &entries_.people[found->second];
}

const Host* Directory::host(std::string_view name) const {
  const auto found = host_by_name_.find(canonical_host(name));
  return found == host_by_name_.end() ? nullptr : &entries_.hosts[found->second];
}

std::string Directory::host_name(std::string_view name) const {
  const auto* known = host(name);
  return known ? known->name : canonical_host(name);
}

const Person* Directory::by_certificate(const Event& event) const {
  if (event.certificate.empty()) return nullptr;
  for (const auto& person : entries_.people)
    for (const auto& certificate : person.certificates)
      if (certificate.id == event.certificate &&
          (certificate.authority.empty() || certificate.authority == event.authority))
        return &person;
  return nullptr;
}

std::vector<const Person*> Directory::by_account(std::string_view user, std::string_view host_name) const {
  const auto* known = host(host_name);
  std::vector<const Person*> found;
  const auto listed = people_by_user_.find(std::string(user));
  if (listed == people_by_user_.end()) return found;
  for (const auto place : listed->second) {
    const auto& person = entries_.people[place];
    for (const auto& account : person.accounts)
      if (account.user == user &&
          (host_glob(account.host, host_name) || (known && host_glob(account.host, known->name)))) {
        found.push_back(&person);
        break;
      }
  }
  return found;
}

const ServiceAccount* Directory::service(std::string_view user) const {
  const auto found = std::find_if(entries_.services.begin(), entries_.services.end(),
                                  [&](const ServiceAccount& account) { return account.user == user; });
  return found == entries_.services.end() ? nullptr : &*found;
}

const ExpectedChange* Directory::expected(const Event& event, std::string_view person) const {
  for (const auto& change : entries_.expected) {
    const bool in_time = event.time < change.until && (!change.from || event.time >= *change.from);
    if (in_time && in_scope(change, event, person, *this)) return &change;
  }
  return nullptr;
}

std::string Directory::key_name(const std::string& fingerprint) const {
  const auto found = fingerprint.empty() ? entries_.key_names.end() : entries_.key_names.find(fingerprint);
  return found == entries_.key_names.end() ? std::string() : found->second;
}

Attribution Directory::of_service(const ServiceAccount& service, const Event& event) const {
  Attribution found;
  found.service_account = service.user;
  found.basis = "service_account";
  found.to_channel = true;
  const auto* known = host(event.host);
  if (!service.has_policy())
    found.reason = fmt::format("service account {} has no policy, so every login of it comes here", service.user);
  else if (service.review_by && event.time >= *service.review_by + std::chrono::days(1))
    found.reason = fmt::format("the policy of service account {} was due for review by {}", service.user,
                               to_rfc3339(Timestamp(*service.review_by)).substr(0, 10));
  else if (!service.keys.empty() && !lists(service.keys, event.key))
    found.reason = event.key.empty()
                       ? fmt::format("service account {} logged in without a key ({})", service.user, event.method)
                       : fmt::format("service account {} used a key its policy does not list", service.user);
  else if (!service.networks.empty() && std::none_of(service.networks.begin(), service.networks.end(),
                                                     [&](const auto& n) { return n.contains(event.address); }))
    found.reason = fmt::format("service account {} came from {}, outside its networks", service.user,
                               event.address.empty() ? "an unknown address" : event.address);
  else if (!service.hosts.empty() && !covers(service.hosts, event.host) &&
           !(known && covers(service.hosts, known->name)))
    found.reason = fmt::format("service account {} logged into {}, outside its hosts", service.user, event.host);
  else {
    found.to_channel = false;
    found.expected = true;
    found.reason = fmt::format("conforms to the policy of service account {}{}", service.user,
                               service.purpose.empty() ? "" : ": " + service.purpose);
  }
  return found;
}

Attribution Directory::attribute(const Event& event) const {
  Attribution found;
  const auto accounts = by_account(event.user, event.host);
  const Person* owner = by_certificate(event);
  if (owner) {
    found.basis = "certificate";
  } else if (const auto key = event.key.empty() ? person_by_key_.end() : person_by_key_.find(event.key);
             key != person_by_key_.end()) {
    owner = &entries_.people[key->second];
    found.basis = "key";
  }

  if (owner) {
    found.person = owner->name;
    // The account belongs to somebody else alone: both are told, and the channel sees it.
    if (!accounts.empty() && std::find(accounts.begin(), accounts.end(), owner) == accounts.end()) {
      for (const auto* other : accounts)
        found.told.push_back(other->name);
      found.to_channel = true;
      found.reason = fmt::format("the {} is {}'s, the account {} is {}'s", found.basis, owner->name, event.user,
                                 fmt::join(found.told, "'s and "));
    }
  } else if (const auto* account = service(event.user)) {
    return of_service(*account, event);
  } else if (const auto* named = by_email(entries_.people, event);
             named && (accounts.empty() || std::ranges::find(accounts, named) != accounts.end())) {
    found.basis = "email";
    found.person = named->name;
  } else if (accounts.size() == 1) {
    owner = accounts.front();
    found.basis = "account";
    found.person = owner->name;
    found.unknown_key = !event.key.empty() && lists_keys(*owner);
    if (named) {
      found.told = {named->name};
      found.to_channel = true;
      found.reason =
          fmt::format("the e-mail address is {}'s, the account {} is {}'s", named->name, event.user, owner->name);
    }
  } else if (accounts.size() > 1) {
    // Shared and unproved: those who list keys can be told apart only by them. One who lists none may be meant.
    std::vector<const Person*> keyless;
    for (const auto* person : accounts)
      if (!lists_keys(*person)) keyless.push_back(person);
    if (keyless.size() == 1 && !event.key.empty()) {
      found.basis = "account";
      found.person = keyless.front()->name;
    } else {
      std::vector<std::string_view> names;
      for (const auto* person : accounts)
        names.push_back(person->name);
      found.basis = "nobody";
      found.to_channel = true;
      found.reason = fmt::format("account {} is shared by {}, and this login ({}) proves none of them", event.user,
                                 fmt::join(names, ", "), event.method.empty() ? "no method named" : event.method);
    }
  } else {
    found.basis = "nobody";
    found.to_channel = true;
    found.reason = event.user.empty() ? "the event names no account"
                                      : fmt::format("nobody is known for account {}", one_line(event.user, 100));
  }

  if (!found.person.empty() && found.told.empty())
    if (const auto* change = expected(event, found.person)) {
      found.expected = true;
      found.reason = words_of(*change);
    }
  return found;
}

}  // namespace countersign::core
