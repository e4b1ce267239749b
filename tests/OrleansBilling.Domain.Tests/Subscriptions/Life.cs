using System.Collections.Immutable;
using NodaTime;
using NodaTime.Text;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Invoicing;

namespace OrleansBilling.Domain.Tests.Subscriptions;

/// <summary>
/// Plays a subscription's life through the pure deciders, as its grain would: due steps in order, each at its own time,
/// commands after everything due before them. Keeps all documents and the account's credit balance.
/// </summary>
internal sealed partial class Life
{
    private readonly PlanVersion _plan;
    private readonly List<PlanVersion> _plans;
    private AccountFacts _account;
    private int _turn;

    public Life(PlanVersion plan, string timeZone = "UTC", TaxSettings? tax = null, bool withMethod = true)
    {
        _plan = plan;
        _plans = [plan];
        _account = new AccountFacts(
            "acct_1", 1, plan.Currency, timeZone, AccountFacts.LiveClock, tax ?? TaxSettings.None, CollectionMode.Automatic, 0,
            InvoiceGrouping.Subscription, withMethod ? new PaymentMethodRef("pm_1", "sandbox", "tok_visa") : null, "default");
    }

    public SubscriptionState State { get; private set; } = null!;

    public List<Invoice> Invoices { get; } = [];

    public List<BillingEvent> Events { get; } = [];

    public long Balance { get; private set; }

    /// <summary>Periods billed or on trial, oldest first.</summary>
    public List<Domain.Schedule.Period> Periods { get; } = [];

    /// <summary>Sees every step before it is taken; the state is null at creation.</summary>
    public Action<SubscriptionState?, SubscriptionStep>? Watch { get; init; }

    /// <summary>What a decision reads in place of what the life knows by itself; the instant is given for steps that are due.</summary>
    public Func<SubscriptionFacts, Instant?, SubscriptionFacts>? Reads { get; init; }

    /// <summary>Invoices by id as a credit finds them; those not named are paid.</summary>
    public Dictionary<string, CreditableInvoice> Standing { get; init; } = new(StringComparer.Ordinal);

    public Life Start(string now, Func<SubscriptionOrder, SubscriptionOrder>? order = null) => Start(Utc(now), order);

    public Life Start(Instant now, Func<SubscriptionOrder, SubscriptionOrder>? order = null)
    {
        var wanted = new SubscriptionOrder("sub_1", _plan);
        wanted = order?.Invoke(wanted) ?? wanted;
        Know([.. wanted.AddOns.Select(added => added.Plan)]);
        Take(SubscriptionCreation.Create(wanted, Facts(), Context(now, now)).Value);
        return Until(now);
    }

    public Refusal? Refused(string now, Func<SubscriptionOrder, SubscriptionOrder> order) =>
        SubscriptionCreation.Create(order(new SubscriptionOrder("sub_1", _plan)), Facts(), Context(Utc(now), Utc(now))).Refusal;

    public Life Until(string now) => Until(Utc(now));

    /// <summary>How far it was played.</summary>
    public Instant Now { get; private set; }

    public Life Until(Instant now)
    {
        Now = now;
        while (SubscriptionDueWork.Next(State, now) is { } due)
        {
            var context = Context(due.At, now);
            Take(SubscriptionLife.Due(State, due.Kind, Facts(now), context));
        }

        return this;
    }

    public Decided<SubscriptionStep> Cancel(string now, Instant? at, ProrationPolicy? policy = null) => Cancel(Utc(now), at, policy);

    public Decided<SubscriptionStep> Cancel(Instant now, Instant? at, ProrationPolicy? policy = null)
    {
        Until(now);
        return Taken(SubscriptionCancellation.Cancel(State, at, policy, Facts(), Context(now, now)));
    }

    /// <summary>Changes to a plan, or without one the quantities; by default now.</summary>
    public Decided<SubscriptionStep> Change(string now, PlanVersion? to, ProrationPolicy? policy = null, Func<ChangeOrder, ChangeOrder>? order = null) =>
        Change(Utc(now), to, policy, order);

    public Decided<SubscriptionStep> Change(Instant now, PlanVersion? to, ProrationPolicy? policy = null, Func<ChangeOrder, ChangeOrder>? order = null)
    {
        Until(now);
        var plan = to ?? Facts().PlanOf(State.Plan, State.PlanVersion);
        Know(plan);
        var wanted = new ChangeOrder(plan) { At = now, Proration = policy };
        var decided = Taken(SubscriptionChange.Change(State, order?.Invoke(wanted) ?? wanted, Facts(), Context(now, now)));
        Until(now);
        return decided;
    }

    /// <summary>Adds a plan, or one price of it; by default now.</summary>
    public Decided<SubscriptionStep> Add(string now, PlanVersion plan, ProrationPolicy? policy = null, Func<AddOrder, AddOrder>? order = null) =>
        Add(Utc(now), plan, policy, order);

    public Decided<SubscriptionStep> Add(Instant now, PlanVersion plan, ProrationPolicy? policy = null, Func<AddOrder, AddOrder>? order = null)
    {
        Until(now);
        Know(plan);
        var wanted = new AddOrder(plan, null) { At = now, Proration = policy };
        var decided = Taken(SubscriptionItems.Add(State, order?.Invoke(wanted) ?? wanted, Facts(), Context(now, now)));
        Until(now);
        return decided;
    }

    /// <summary>Removes the item of a price; by default now.</summary>
    public Decided<SubscriptionStep> Remove(string now, string price, ProrationPolicy? policy = null) => Remove(Utc(now), ItemOf(price).Id, Utc(now), policy);

    public Decided<SubscriptionStep> Remove(Instant now, string item, Instant? at, ProrationPolicy? policy = null, InvoiceTiming timing = InvoiceTiming.Now)
    {
        Until(now);
        var decided = Taken(SubscriptionItems.Remove(State, item, at, policy, timing, Facts(), Context(now, now)));
        Until(now);
        return decided;
    }

    public SubscriptionItem ItemOf(string price) => State.Items.Last(item => item.Price == price);

    public Decided<SubscriptionStep> Uncancel() => Taken(SubscriptionCancellation.Uncancel(State));

    /// <summary>Attaches a coupon now.</summary>
    public Decided<SubscriptionStep> AddCoupon(string now, Coupon coupon) => AddCoupon(now, new CouponFacts(coupon, 0, null));

    /// <summary>Attaches a coupon now, as its row stands.</summary>
    public Decided<SubscriptionStep> AddCoupon(string now, CouponFacts coupon) => AddCoupon(Utc(now), coupon);

    public Decided<SubscriptionStep> AddCoupon(Instant now, CouponFacts coupon)
    {
        Until(now);
        return Taken(SubscriptionCoupons.Add(State, coupon, Context(now, now)));
    }

    /// <summary>Takes a coupon off now.</summary>
    public Decided<SubscriptionStep> RemoveCoupon(string now, string code) => RemoveCoupon(Utc(now), code);

    public Decided<SubscriptionStep> RemoveCoupon(Instant now, string code)
    {
        Until(now);
        return Taken(SubscriptionCoupons.Remove(State, code));
    }

    /// <summary>Pauses, by default now.</summary>
    public Decided<SubscriptionStep> Pause(string now, ProrationPolicy? policy = null, string? resumesAt = null, string? at = null, bool atPeriodEnd = false)
    {
        Until(now);
        return Taken(SubscriptionPause.Pause(
            State, atPeriodEnd ? null : Utc(at ?? now), resumesAt is null ? null : Utc(resumesAt), policy, Facts(), Context(Utc(now), Utc(now))));
    }

    public Decided<SubscriptionStep> Pause(Instant now, Instant? at, ProrationPolicy? policy, Instant? resumesAt)
    {
        Until(now);
        return Taken(SubscriptionPause.Pause(State, at, resumesAt, policy, Facts(), Context(now, now)));
    }

    public Decided<SubscriptionStep> Resume(Instant now, Instant? at)
    {
        Until(now);
        var decided = Taken(SubscriptionResume.Resume(State, at, Facts(), Context(now, now)));
        Until(now);
        return decided;
    }

    /// <summary>Resumes, by default now.</summary>
    public Decided<SubscriptionStep> Resume(string now, string? at = null, bool atPeriodEnd = false)
    {
        Until(now);
        var decided = Taken(SubscriptionResume.Resume(State, atPeriodEnd ? null : Utc(at ?? now), Facts(), Context(Utc(now), Utc(now))));
        Until(now);
        return decided;
    }

    public SubscriptionStep? Collection(string now, bool pastDue, bool exhausted, DunningPolicy? policy = null)
    {
        var context = Context(Utc(now), Utc(now));
        var facts = Facts();
        facts = facts with { Billing = facts.Billing with { Dunning = policy ?? DunningPolicy.Default } };
        var step = SubscriptionCollection.Apply(State, new CollectionStanding(pastDue, exhausted), facts, context);
        if (step is not null)
        {
            Take(step);
        }

        return step;
    }

    /// <summary>The catalog's rows say something else of a version: what must never happen, and must not stop a whole invoice.</summary>
    public void Sells(PlanVersion plan)
    {
        _plans.RemoveAll(known => known.Code == plan.Code && known.Version == plan.Version);
        _plans.Add(plan);
    }

    public Life MoveTo(string timeZone)
    {
        _account = _account with { TimeZone = timeZone, Version = _account.Version + 1 };
        return this;
    }

    public Life Tax(TaxSettings tax)
    {
        _account = _account with { Tax = tax, Version = _account.Version + 1 };
        return this;
    }

    public SubscriptionFacts Facts(Instant? due = null)
    {
        var known = new SubscriptionFacts(new BillingFacts(_account, Balance, DunningPolicy.Default), [.. _plans], Standing)
        {
            // As rows tell them: the turn that made a line has counted its usage.
            Pending = [.. Waiting.Where(line => line.Source is not (PendingSource.Gathered or PendingSource.CreditNote)).Select(line => line.Draft with { Usage = null })],
            Billed = Billed,
            Parent = Parent,
            FormerPayers = Former,
            Usage = Meter,
            Earlier = EarlierLines(),
        };
        return Reads?.Invoke(known, due) ?? known;
    }

    public StepContext Context(Instant at, Instant now)
    {
        _turn++;
        return new StepContext(at, now, new IdSource($"turn/{_turn}", now), $"turn:{_turn}");
    }

    private void Know(params ReadOnlySpan<PlanVersion> plans)
    {
        foreach (var plan in plans)
        {
            if (!_plans.Contains(plan))
            {
                _plans.Add(plan);
            }
        }
    }

    private Decided<SubscriptionStep> Taken(Decided<SubscriptionStep> decided)
    {
        if (decided.IsAccepted)
        {
            Take(decided.Value);
        }

        return decided;
    }

    private void Take(SubscriptionStep step)
    {
        var before = State?.CurrentPeriod;
        Watch?.Invoke(State, step);
        State = step.State;
        Invoices.AddRange(step.Documents.Invoices);
        Events.AddRange(step.Documents.Events);
        Closed.AddRange(step.Documents.UsageClosed);
        Count(step);
        Balance += step.Documents.BalanceMoves.Where(move => move.Account == _account.Account).Sum(move => move.Amount);
        Moves.AddRange(step.Documents.BalanceMoves);
        Sent.AddRange(step.Documents.CreditsSent);
        Assert.All(step.Documents.Invoices, ExplainEvaluator.Check);
        Move(step.Documents);
        foreach (var entry in step.Documents.Entries)
        {
            Assert.All(entry.Postings, posting => Assert.True(posting.Amount > 0));
        }

        if (State.CurrentPeriod != before && State.CurrentPeriod.Start < State.CurrentPeriod.End)
        {
            Periods.Add(State.CurrentPeriod);
        }
    }
}
