using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Subscriptions;
using OrleansBilling.Server.Accounts;
using OrleansBilling.Server.Http.Commands;
using OrleansBilling.Server.Http.Json;
using OrleansBilling.Server.Http.Problems;

namespace OrleansBilling.Server.Subscriptions;

/// <summary>Turns requests about subscriptions into the messages of their grain.</summary>
internal static class SubscriptionMapping
{
    /// <summary>The command that starts a subscription of an account.</summary>
    public static CreateSubscription ToCommand(SubscriptionBody body, string account) => new()
    {
        Account = account,
        Plan = body.Plan,
        PlanVersion = body.PlanVersion,
        Quantities = ItemMapping.Quantities(body.Quantities),
        AddOns = [.. (body.AddOns ?? []).Select(ItemMapping.ToMessage)],
        PriceOverrides = ItemMapping.ToDomain(body.PriceOverrides),
        StartAt = body.StartAt,
        Anchor = body.Anchor is null ? null : ToDomain(body.Anchor),
        Proration = body.Proration,
        TrialDays = body is { TrialDays: not null, TrialEnd: not null }
            ? throw new Problem(422, "trial_given_twice", "Give trial_days or trial_end, not both.", "trial_end").Exception()
            : body.TrialDays,
        TrialEnd = body.TrialEnd,
        TrialMissingMethod = body.TrialMissingMethod ?? TrialMissingMethod.Invoice,
        PaymentMethod = body.PaymentMethod,
        RequirePayment = body.PaymentBehavior is PaymentBehavior.RequirePayment,
        EndsAt = body.EndsAt,
        Coupons = [.. body.Coupons ?? []],
        ExternalId = ExternalName.Check(body.ExternalId),
        Metadata = AccountMapping.ToMetadata(body.Metadata),
    };

    /// <summary>An anchor.</summary>
    public static AnchorRule ToDomain(AnchorBody body) => body switch
    {
        StartAnchorBody => new StartAnchor(),
        CalendarAnchorBody => new CalendarAnchor(),
        DayOfMonthAnchorBody day => new DayOfMonthAnchor(day.Day),
        AtAnchorBody at => new AtAnchor(at.At),
        _ => throw new ArgumentOutOfRangeException(nameof(body), body, "An anchor without a reading."),
    };

    /// <summary>The command that changes plan and quantities.</summary>
    public static ChangeSubscription ToCommand(ChangeBody body) => new()
    {
        Plan = body.Plan,
        PlanVersion = body.PlanVersion,
        Quantities = ItemMapping.Quantities(body.Quantities),
        PriceOverrides = ItemMapping.ToDomain(body.PriceOverrides),
        When = ToTime(body.When),
        WhenByPlan = body.When is null,
        Proration = body.Proration,
        AnchorReset = body.AnchorReset,
        Anchor = body.Anchor is { } anchor ? ToDomain(anchor) : null,
        ChargeOneTime = body.ChargeOneTime ?? false,
        Invoice = body.Invoice ?? InvoiceTiming.Now,
    };

    /// <summary>The command that ends a subscription.</summary>
    public static CancelSubscription ToCommand(CancelBody body) => new(ToTime(body.When), body.Proration) { LeavesUsage = body.InvoiceUsage is false };

    /// <summary>The command that pauses a subscription.</summary>
    public static PauseSubscription ToCommand(PauseBody body) => new(ToTime(body.When), body.ResumesAt, body.Proration);

    /// <summary>When a command takes effect; now unless given.</summary>
    public static ChangeTime ToTime(string? when) => when switch
    {
        null or "now" => ChangeTime.Now,
        "period_end" => ChangeTime.PeriodEnd,
        var instant => ChangeTime.Instant(Scalars.ReadInstant(instant, "when")),
    };
}
