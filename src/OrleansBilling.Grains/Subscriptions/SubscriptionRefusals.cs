using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>Refusals that need more than the subscription's own state.</summary>
internal static class SubscriptionRefusals
{
    /// <summary>There is no such subscription.</summary>
    public static Refusal NotFound(string id) => Refusal.NotFound("subscription_not_found", $"There is no subscription {id}.");

    /// <summary>There is no such coupon.</summary>
    public static Refusal NoCoupon(string code, string field) => Refusal.NotFound("coupon_not_found", $"There is no coupon {code}.", field);

    /// <summary>The account has no such payment method.</summary>
    public static Refusal NoMethod(string method) =>
        Refusal.NotFound("payment_method_not_found", $"The account has no payment method {method}; store it first.", "payment_method");

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

        if (Plan(new PlanFacts(read.Header, read.Plan), command.Plan, command.PlanVersion, "") is { } refusal)
        {
            return refusal;
        }

        for (var i = 0; i < command.AddOns.Length; i++)
        {
            if (Plan(read.AddOns[i], command.AddOns[i].Plan, command.AddOns[i].PlanVersion, $"add_ons[{i}].") is { } refused)
            {
                return refused;
            }
        }

        if (command.PaymentMethod is not null && read.Method is null)
        {
            return NoMethod(command.PaymentMethod);
        }

        var missing = read.Coupons.IndexOf(null);
        return missing < 0 ? null : NoCoupon(command.Coupons[missing], $"coupons[{missing}]");
    }

    /// <summary>What stands against selling a plan anew, or null.</summary>
    /// <param name="read">The plan as it was found.</param>
    /// <param name="code">The code that was asked for.</param>
    /// <param name="version">The version that was asked for; null for the newest.</param>
    /// <param name="within">Where the plan stands in the request.</param>
    public static Refusal? Plan(PlanFacts read, string code, int? version, string within)
    {
        if (read.Header is null)
        {
            return Refusal.NotFound("plan_not_found", $"There is no plan {code}.", $"{within}plan");
        }

        if (read.Header.ArchivedAt is not null)
        {
            return Refusal.Rule("plan_archived", $"Plan {code} is archived and takes no new subscriptions.", $"{within}plan");
        }

        return read.Plan is null
            ? Refusal.NotFound("plan_version_not_found", $"Plan {code} has no version {version}; the newest is {read.Header.LatestVersion}.", $"{within}plan_version")
            : null;
    }

    /// <summary>A price of a plan that the subscription has is sold in the version that it is on.</summary>
    public static Refusal OtherVersion(string code, int version) => Refusal.Rule(
        "plan_version_differs", $"The subscription is on version {version} of plan {code}; leave plan_version out, or change the version first.", "plan_version");

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
