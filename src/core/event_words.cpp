#include "core/event_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace countersign::core {
namespace {

constexpr std::size_t most_particulars = 4;

constexpr auto actions = std::to_array<ActionWords>({
    {"auth_failure", "failed authentication", true},
    {"aws_assume_role", "assumed AWS role"},
    {"aws_credential_change", "change of AWS credentials"},
    {"aws_detection_change", "change of AWS detection"},
    {"aws_finding", "GuardDuty finding"},
    {"aws_policy_change", "change of AWS policies"},
    {"aws_root_use", "use of the AWS root account", true},
    {"aws_session", "AWS shell session", true},
    {"aws_trail_change", "change of the AWS audit trail"},
    {"cockpit_login", "Cockpit login", true},
    {"console_login", "console login", true},
    {"doas_command", "doas command"},
    {"exploit_attempt", "attempt to exploit a program"},
    {"github_credential_change", "change of GitHub credentials"},
    {"github_member_change", "change of GitHub members"},
    {"github_protection_change", "change of GitHub protections"},
    {"google_admin_change", "change in Google Workspace"},
    {"kubernetes_debug", "container put into a Kubernetes pod"},
    {"kubernetes_exec", "command in a Kubernetes pod"},
    {"kubernetes_exec_end", "ended command in a Kubernetes pod"},
    {"kubernetes_policy_change", "change of Kubernetes rights"},
    {"kubernetes_portforward", "port forwarded from a Kubernetes pod"},
    {"okta_admin_access", "access to Okta's Admin Console", true},
    {"okta_admin_change", "change in Okta"},
    {"pkexec_command", "pkexec command"},
    {"session_start", "session", true},
    {"signin", "sign-in", true},
    {"signin_report", "reported sign-in", true},
    {"ssh_auth_failure", "failed SSH login", true},
    {"ssh_login", "SSH login", true},
    {"su", "change of user with su"},
    {"sudo", "sudo command"},
    {"sudo_command", "sudo command"},
    {"teleport_app", "application session through Teleport", true},
    {"teleport_database", "database session through Teleport", true},
    {"teleport_desktop", "desktop session through Teleport", true},
    {"teleport_login", "Teleport login", true},
    {"teleport_policy_change", "change of Teleport rights"},
    {"teleport_session_join", "joined Teleport session"},
    {"terminal_opened", "opened terminal", true},
});

constexpr std::array deeds{"process.command_line", "aws.call",       "aws.finding.type", "github.action",
                           "okta.event",           "teleport.event", "kubernetes.verb"};

constexpr std::array<std::pair<const char*, std::string_view>, 17> labels{{
    {"user.target.name", "Target user"},
    {"aws.policy", "Policy"},
    {"aws.trail", "Trail"},
    {"aws.role", "Role"},
    {"aws.target", "Target account"},
    {"db.name", "Database"},
    {"teleport.app", "Application"},
    {"teleport.desktop", "Desktop"},
    {"host.id", "Target"},
    {"kubernetes.pod", "Pod"},
    {"kubernetes.node", "Node"},
    {"kubernetes.resource", "Resource"},
    {"kubernetes.name", "Name"},
    {"kubernetes.namespace", "Namespace"},
    {"kubernetes.cluster", "Cluster"},
    {"github.repo", "Repository"},
    {"github.org", "Organisation"},
}};

}  // namespace

const ActionWords* words_of_action(std::string_view action) {
  const auto* found = std::ranges::find(actions, action, &ActionWords::action);
  return found == actions.end() ? nullptr : found;
}

bool is_entry(const Event& event) {
  const auto* known = words_of_action(event.action);
  return field(event, "user.effective.name").empty() && (known == nullptr || known->entry);
}

std::string deed_of(const Event& event) {
  for (const auto* name : deeds)
    if (auto text = field(event, name); !text.empty()) return text;
  return {};
}

std::vector<Particular> particulars_of(const Event& event) {
  std::vector<Particular> out;
  for (const auto& [name, label] : labels)
    if (auto text = field(event, name); !text.empty() && out.size() + 1 < most_particulars)
      out.push_back({label, std::move(text)});
  if (auto account = field(event, "cloud.account.id"); !account.empty()) out.push_back({"Account", std::move(account)});
  return out;
}

}  // namespace countersign::core
