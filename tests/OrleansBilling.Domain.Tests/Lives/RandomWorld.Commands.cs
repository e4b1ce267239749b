using System.Collections.Immutable;
using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Dunning;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Schedule;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>What can happen, and how its numbers are read. Each command says what was answered.</summary>
internal static partial class RandomWorld
{
    private static readonly (string Name, int Weight, Func<World, Deed, Instant, string?> Do)[] Commands =
    [
        ("change", 8, Change),
        ("add", 2, Add),
        ("remove", 2, Remove),
        ("pause", 2, (world, deed, now) => world.Life.Pause(now, At(deed, now), Policy(deed), deed.Count > 2 ? now + Duration.FromHours(deed.Hours + 1) : null).Refusal?.Code),
        ("resume", 2, (world, deed, now) => world.Life.Resume(now, At(deed, now)).Refusal?.Code),
        ("trial", 2, (world, deed, now) => world.Life.Trial(now, deed.When == 0 ? null : now + Duration.FromHours(deed.Hours)).Refusal?.Code),
        ("coupon", 2, (world, deed, now) => world.Life.AddCoupon(now, new CouponFacts(Coupon(deed), 0, null)).Refusal?.Code),
        ("coupon off", 1, (world, deed, now) => (world.Life.State.Coupons is [var first, ..]
            ? world.Life.RemoveCoupon(now, first.Coupon.Code)
            : world.Life.AddCoupon(now, new CouponFacts(Coupon(deed), 0, null))).Refusal?.Code),
        ("cancel", 1, (world, deed, now) => world.Life.Cancel(now, deed.When == 5 ? null : now + Duration.FromHours(deed.Hours + 1), Policy(deed)).Refusal?.Code),
        ("uncancel", 3, (world, _, now) => (world.Life.State.CancelAt is null ? world.Life.Cancel(now, null) : world.Life.Uncancel()).Refusal?.Code),
        ("void", 3, (world, deed, now) => OnInvoice(world, deed, id => world.Void(id, now)?.Code)),
        ("note", 4, (world, deed, now) => OnInvoice(world, deed, id => Note(world, id, deed, now))),
        ("refund", 2, (world, deed, now) => OnInvoice(world, deed, id => Refund(world, id, deed, now), state => state.Payments.Any(payment => payment.Status is PaymentStatus.Succeeded))),
        ("write off", 1, (world, deed, now) => OnInvoice(world, deed, id => world.WriteOff(id, now)?.Code)),
        ("pay", 2, (world, deed, now) => OnInvoice(world, deed, id => world.Pay(id, now)?.Code)),
        ("record", 1, (world, deed, now) => OnInvoice(world, deed, id => world.Record(id, (world.Books.Read(id).AmountRemaining * deed.Share / 1000) + 1, now)?.Code)),
        ("finalize", 1, (world, deed, now) => OnInvoice(world, deed, id => world.Finalize(id, now)?.Code, state => state.Status is InvoiceStatus.Draft)),
        ("delete draft", 1, (world, deed, now) => OnInvoice(world, deed, id => world.Delete(id, now)?.Code, state => state.Status is InvoiceStatus.Draft)),
        ("reissue", 2, (world, deed, now) => OnInvoice(world, deed, id => world.Reissue(id, now)?.Code)),
        ("line by hand", 2, ByHand),
        ("grouping", 1, Grouping),
        ("payer", 1, Payer),
        ("grant", 3, Grant),
        ("collection", 1, (world, deed, now) => world.Life.PauseCollection(now, (CollectionPauseBehavior)(deed.Plan % 3), deed.Count > 2 ? null : now + Duration.FromHours(deed.Hours + 1)).Refusal?.Code),
        ("collect again", 2, (world, _, now) => (world.Life.State.CollectionPause is null ? world.Life.PauseCollection(now, CollectionPauseBehavior.Open, null) : world.Life.ResumeCollection()).Refusal?.Code),
        ("zone", 1, (world, deed, _) =>
        {
            world.Life.MoveTo(RandomLife.Zones[deed.Count % 4]);
            return null;
        }),
        ("tax", 1, (world, deed, _) =>
        {
            world.Life.Tax(Tax(deed.Share));
            return null;
        }),
    ];

    private static readonly ImmutableArray<int> Weighted = [.. Commands.SelectMany((command, i) => Enumerable.Repeat(i, command.Weight))];

    public static IEnumerable<string> Names => Commands.Select(command => command.Name);

    /// <summary>True for what happens to the subscription alone, with prices in whole: no invoice, payer or line by hand is touched.</summary>
    public static bool IsOfSubscription(int command) =>
        NameOf(command) is "change" or "add" or "remove" or "pause" or "resume" or "trial" or "cancel" or "uncancel" or "tax" or "zone";

    public static string NameOf(int command) => Commands[Weighted[command]].Name;

    /// <summary>Prepaid credit, in money or in units, for all prices or one; some of it ends, is set back, or is held.</summary>
    private static string? Grant(World world, Deed deed, Instant now)
    {
        var (rows, id) = (world.Books.Grants!, $"wal_{deed.Plan % 3}");
        if (!rows.Wallets.Contains(id))
        {
            rows.Wallet(id, now, deed.Plan % 3 == 0 ? null : (deed.Share + 1) / 100m, deed.Count - 2, deed.Policy == 0 ? ["seats"] : []);
        }

        foreach (var wallet in rows.Wallets)
        {
            rows.Due(wallet, now);
        }

        rows.Grant(id, new GrantOrder((deed.Share + 1) * (deed.Count + 1) * 100)
        {
            Priority = deed.Count % 2,
            ExpiresAt = deed.When == 0 ? now + Duration.FromDays(deed.Share % 60 + 1) : null,
            Recurrence = deed.When == 1 ? new BillingInterval(IntervalUnit.Week, 1) : null,
        }, now);
        return deed.When == 2 && !rows.Hold(id, deed.Share + 1, now) ? "insufficient_credit" : null;
    }

    private static ProrationPolicy? Policy(Deed deed) => RandomLife.Policies[deed.Policy];

    private static Instant? At(Deed deed, Instant now) => deed.When switch
    {
        0 => null,
        1 => now - Duration.FromHours(deed.Hours % 50),
        2 => now + Duration.FromHours(deed.Hours % 90),
        _ => now,
    };

    private static string? Change(World world, Deed deed, Instant now)
    {
        var plan = Plans[deed.Plan];
        AnchorRule? anchor = deed.Share % 9 != 0 ? null : deed.Share % 2 == 0 ? new StartAnchor() : plan.Interval.Months is null ? new CalendarAnchor() : new DayOfMonthAnchor((deed.Share % 31) + 1);
        return world.Life.Change(now, plan, Policy(deed), order => order with
        {
            At = At(deed, now),
            Anchor = anchor,
            AnchorReset = anchor is not null ? null : deed.Count switch { 0 => true, 1 => false, _ => null },
            ChargeOneTime = deed.Count % 2 == 0,
            Quantities = order.Quantities.Add("seats", deed.Count),
            Overrides = Overrides(deed.Share, plan, now),
            Invoice = deed.Share % 3 == 1 ? InvoiceTiming.Next : InvoiceTiming.Now,
        }).Refusal?.Code;
    }

    private static string? Add(World world, Deed deed, Instant now) => world.Life.Add(now, Support, Policy(deed), order => order with
    {
        At = At(deed, now),
        Quantities = order.Quantities.Add("calls", deed.Count),
        Invoice = deed.Share % 3 == 1 ? InvoiceTiming.Next : InvoiceTiming.Now,
    }).Refusal?.Code;

    private static string? Remove(World world, Deed deed, Instant now)
    {
        var items = world.Life.State.Items;
        return world.Life.Remove(now, items[deed.Count % items.Length].Id, At(deed, now), Policy(deed), deed.Share % 3 == 1 ? InvoiceTiming.Next : InvoiceTiming.Now).Refusal?.Code;
    }

    private static string? Note(World world, string id, Deed deed, Instant now)
    {
        var settle = (CreditNoteSettlement)(deed.Policy % 3);
        var left = world.Books.Creditables(id).Where(line => line.Line.Draft.CreditedLine is null && line.Line.Draft.Amount > line.Taken.Amount).ToList();
        if (left.Count == 0)
        {
            return "nothing left";
        }

        var line = left[deed.Count % left.Count];
        var amount = line.Line.Draft.Amount - line.Taken.Amount;
        var part = deed.When == 0 ? amount : Math.Max(1, amount * deed.Share / 1000);
        return world.Note(
            id,
            deed.Plan % 2 == 0
                ? new CreditNoteOrder([new CreditNoteOrderLine(line.Line.Id, part)], null, "asked", settle)
                : new CreditNoteOrder([], part, "asked", settle),
            now)?.Code;
    }

    private static string? Refund(World world, string id, Deed deed, Instant now) =>
        world.Books.Read(id).Payments.LastOrDefault(payment => payment.Status is PaymentStatus.Succeeded) is { } payment
            ? world.Refund(id, payment.Id, deed.When == 0 ? null : (payment.Amount * deed.Share / 1000) + 1, now)?.Code
            : "no payment";

    private static string? ByHand(World world, Deed deed, Instant now)
    {
        if (world.Life.Parent is not null || world.Life.State.Status is SubscriptionStatus.Canceled)
        {
            return "no line";
        }

        var order = new PendingLineOrder("By hand") { Amount = deed.Count > 3 ? -deed.Share - 1 : deed.Share + 1 };
        var text = NodaTime.Text.InstantPattern.ExtendedIso.Format(now);
        _ = deed.When > 2 ? world.Life.Add(text, order) : world.Life.AddToAccount(text, order);
        return null;
    }

    /// <summary>Another account pays from now on, or the own one again; not while lines wait.</summary>
    private static string? Payer(World world, Deed deed, Instant now)
    {
        if (deed.Count % 3 > 0 && world.Life.Facts().Billing.Account.Grouping is InvoiceGrouping.Account)
        {
            return "payer_with_grouping";
        }

        if (world.Life.Waiting.Count > 0)
        {
            return "pending_lines_wait";
        }

        var own = world.Life.Facts().Billing;
        if (world.Payers.Count == 0)
        {
            world.Payers.AddRange([own, Parent(own, "acct_parent", 1), Parent(own, "acct_other", 8)]);
        }

        world.Life.BilledTo(deed.Count % 3 == 0 ? null : world.Payers[deed.Count % 3]);
        return null;
    }

    /// <summary>The account gathers its lines from now on, or no more.</summary>
    private static string? Grouping(World world, Deed deed, Instant now)
    {
        if (world.Life.Parent is not null)
        {
            return "payer_with_grouping";
        }

        world.Life.On(account => account with { Grouping = deed.Count > 1 ? InvoiceGrouping.Account : InvoiceGrouping.Subscription });
        return null;
    }

    private static BillingFacts Parent(BillingFacts own, string id, int money) =>
        new(own.Account with { Account = id, Tax = Tax(money), Version = 1 }, 0, DunningPolicy.Default);

    /// <summary>The invoice that a deed is about: one of the newest.</summary>
    private static string? OnInvoice(World world, Deed deed, Func<string, string?> act, Func<InvoiceState, bool>? which = null)
    {
        var ids = world.Books.Documents.Keys.Where(id => which?.Invoke(world.Books.Read(id)) ?? true).ToList();
        return ids.Count == 0 ? "no invoice" : act(ids[Math.Max(0, ids.Count - 1 - (deed.When % 4))]);
    }
}
