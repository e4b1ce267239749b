using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Subscriptions;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>Trials, paused collection and first payments of a played life.</summary>
internal sealed partial class Life
{
    /// <summary>The account gathers the lines of its subscriptions on one invoice.</summary>
    public Life Gathering()
    {
        _account = _account with { Grouping = InvoiceGrouping.Account };
        return this;
    }

    /// <summary>The account's own terms: its currency, its grace and its tax.</summary>
    public Life On(Func<AccountFacts, AccountFacts> terms)
    {
        _account = terms(_account) with { Version = _account.Version + 1 };
        return this;
    }

    public Decided<SubscriptionStep> PauseCollection(Instant now, CollectionPauseBehavior behavior, Instant? until) =>
        Taken(SubscriptionCollectionPause.Pause(State, behavior, until, now));

    public Decided<SubscriptionStep> ResumeCollection() => Taken(SubscriptionCollectionPause.Resume(State));

    public Decided<SubscriptionStep> PauseCollection(string now, CollectionPauseBehavior behavior, string? until = null)
    {
        Until(now);
        return Taken(SubscriptionCollectionPause.Pause(State, behavior, until is null ? null : Utc(until), Utc(now)));
    }

    /// <summary>Tells the subscription what has become of the invoice that it waits for.</summary>
    public void Awaited(string now, InvoiceStatus status) => Take(SubscriptionCollection.Apply(
        State, new CollectionStanding(false, false) { Awaited = status }, Facts(), Context(Utc(now), Utc(now)))!);

    /// <summary>Moves the trial's end; null is now.</summary>
    public Decided<SubscriptionStep> Trial(string now, string? end) => Trial(Utc(now), end is null ? null : Utc(end));

    public Decided<SubscriptionStep> Trial(Instant now, Instant? end)
    {
        Until(now);
        return Taken(SubscriptionTrial.Move(State, end, Facts(), Context(now, now)));
    }

    /// <summary>Issues an invoice of the subscription anew.</summary>
    public Decided<SubscriptionStep> Reissue(
        InvoiceState old, SubscriptionFacts facts, StepContext context, Func<BillingFacts, CollectionTerms, int, Decided<Reissued>> make)
    {
        var decided = SubscriptionReissue.Reissue(State, old, facts, context, make);
        return decided.Refusal is { } refusal ? refusal : Taken(decided.Value.Step);
    }
}
