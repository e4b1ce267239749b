using NodaTime;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Grains.Catalog;
using OrleansBilling.Grains.Kernel;

namespace OrleansBilling.Grains.Subscriptions;

/// <summary>How a subscription is shown over HTTP.</summary>
public sealed record SubscriptionView(
    string Id,
    string Object,
    string Status,
    string Account,
    string Plan,
    int PlanVersion,
    string Currency,
    IReadOnlyList<SubscriptionItemView> Items,
    PeriodView? CurrentPeriod,
    Instant StartAt,
    Instant? TrialEnd,
    string TrialMissingMethod,
    AnchorView Anchor,
    string? Proration,
    Instant? NextRenewalAt,
    PendingChangeView? PendingChange,
    PendingChangeView? DroppedChange,
    Instant? CancelAt,
    Instant? EndedAt,
    PauseView? Pause,
    PendingPauseView? PendingPause,
    CollectionPauseView? CollectionPause,
    string? PaymentMethod,
    string PaymentBehavior,
    IReadOnlyList<AttachedCouponView> Coupons,
    string? LatestInvoice,
    string? ExternalId,
    Instant CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The resource as JSON.</summary>
    public static string Render(SubscriptionState state) => AnswerJson.Write(Of(state));

    /// <summary>The resource as a command left it: names the pending change that the command dropped.</summary>
    public static string Render(SubscriptionState state, SubscriptionState before) => AnswerJson.Write(Of(state) with
    {
        DroppedChange = before.PendingChange is { } dropped && !ReferenceEquals(dropped, state.PendingChange) ? PendingChangeView.Of(dropped) : null,
    });

    /// <summary>The view of a state.</summary>
    public static SubscriptionView Of(SubscriptionState state) => new(
        state.Id,
        "subscription",
        Name(state.Status),
        state.Account,
        state.Plan,
        state.PlanVersion,
        state.Currency.Code,
        [.. state.Items.Select(SubscriptionItemView.Of)],
        state.CurrentPeriod.Start < state.CurrentPeriod.End ? new PeriodView(state.CurrentPeriod.Start, state.CurrentPeriod.End) : null,
        state.StartAt,
        state.TrialEnd,
        Name(state.TrialMissingMethod),
        AnchorView.Of(state.AnchorRule),
        state.Proration is { } policy ? ProrationPolicyNames.Of(policy) : null,
        RenewsAt(state),
        state.PendingChange is { } pending ? PendingChangeView.Of(pending) : null,
        DroppedChange: null,
        state.CancelAt,
        state.EndedAt,
        state.PausedAt is { } since ? new PauseView(since, state.Pause?.ResumesAt) : null,
        state.PendingPause is { } pause ? new PendingPauseView(pause.At, pause.ResumesAt, pause.Proration is { } by ? ProrationPolicyNames.Of(by) : null) : null,
        CollectionPauseView.Of(state.CollectionPause),
        state.PaymentMethod,
        state.RequiresPayment ? "require_payment" : "activate",
        [.. state.Coupons.Select(AttachedCouponView.Of)],
        state.LatestInvoice,
        state.ExternalId,
        state.CreatedAt,
        state.Metadata);

    /// <summary>A status as the API spells it.</summary>
    public static string Name(SubscriptionStatus status) => status switch
    {
        SubscriptionStatus.PastDue => "past_due",
        _ => status.ToString().ToLowerInvariant(),
    };

    private static string Name(TrialMissingMethod value) => value.ToString().ToLowerInvariant();

    private static Instant? RenewsAt(SubscriptionState state) =>
        (state.Renews || state.Status is SubscriptionStatus.Trialing) && !(state.CancelAt <= state.CurrentPeriod.End)
            ? state.CurrentPeriod.End
            : null;
}

/// <summary>A period, start-inclusive, end-exclusive.</summary>
public sealed record PeriodView(Instant Start, Instant End);

/// <summary>A pause of collection; without <c>until</c> it waits for a call.</summary>
public sealed record CollectionPauseView(string Behavior, Instant Since, Instant? Until)
{
    /// <summary>The view of a pause; null of none.</summary>
    public static CollectionPauseView? Of(CollectionPause? pause) =>
        pause is null ? null : new(CollectionPauseBehaviors.Name(pause.Behavior), pause.Since, pause.Until);
}

/// <summary>A pause that waits for its instant.</summary>
public sealed record PendingPauseView(Instant At, Instant? ResumesAt, string? Proration);

/// <summary>A pause; without <c>resumes_at</c> it waits for a resume.</summary>
public sealed record PauseView(Instant Since, Instant? ResumesAt);

/// <summary>An anchor as it was asked for.</summary>
public sealed record AnchorView(string Type, int? Day, Instant? At)
{
    /// <summary>The view of a rule.</summary>
    public static AnchorView Of(AnchorRule rule) => rule switch
    {
        StartAnchor => new AnchorView("start", null, null),
        CalendarAnchor => new AnchorView("calendar", null, null),
        DayOfMonthAnchor day => new AnchorView("day_of_month", day.Day, null),
        AtAnchor at => new AnchorView("at", null, at.At),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "An anchor rule without a view."),
    };
}
