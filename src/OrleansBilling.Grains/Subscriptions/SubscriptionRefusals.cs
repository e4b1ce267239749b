using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Refusals that need more than the subscription's own state.</summary>
internal static class SubscriptionRefusals
{
    /// <summary>There is no such subscription.</summary>
    public static Refusal NotFound(string id) => Refusal.NotFound("subscription_not_found", $"There is no subscription {id}.");

    /// <summary>What stands against a creation, or null.</summary>
    public static Refusal? Creation(SubscriptionState? state, CreationFacts read, CreateSubscription command)
    {
        if (state is not null)
        {
            return Refusal.Conflict("subscription_exists", "This subscription exists already.");
        }

        if (read.Billing is null)
        {
            return Refusal.NotFound("account_not_found", $"There is no account {command.Account}.", "account");
        }

        if (read.Header is null)
        {
            return Refusal.NotFound("plan_not_found", $"There is no plan {command.Plan}.", "plan");
        }

        if (read.Header.ArchivedAt is not null)
        {
            return Refusal.Rule("plan_archived", $"Plan {command.Plan} is archived and takes no new subscriptions.", "plan");
        }

        return read.Plan is null
            ? Refusal.NotFound("plan_version_not_found", $"Plan {command.Plan} has no version {command.PlanVersion}; the newest is {read.Header.LatestVersion}.", "plan_version")
            : null;
    }

    /// <summary>What stands against a change before its terms are looked at, or null.</summary>
    public static Refusal? Change(SubscriptionState state, ChangeFacts read, ChangeSubscription command)
    {
        if (read.Header is null)
        {
            return Refusal.NotFound("plan_not_found", $"There is no plan {command.Plan}.", "plan");
        }

        if (read.Plan is null)
        {
            return Refusal.NotFound("plan_version_not_found", $"Plan {read.Header.Code} has no version {command.PlanVersion}; the newest is {read.Header.LatestVersion}.", "plan_version");
        }

        return read.Header.ArchivedAt is not null && read.Plan.Code != state.Plan
            ? Refusal.Rule("plan_archived", $"Plan {command.Plan} is archived and takes no new subscriptions.", "plan")
            : null;
    }
}
