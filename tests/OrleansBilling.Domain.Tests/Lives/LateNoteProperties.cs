using CsCheck;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.CreditNotes;
using OrleansBilling.Domain.Metering;
using OrleansBilling.Domain.Payments;
using OrleansBilling.Domain.Subscriptions;
using OrleansBilling.Domain.Tests.Subscriptions;
using OrleansBilling.Domain.Wallets;
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>
/// Usage that comes late or is corrected, while its invoices are paid, refunded, credited by people, written off and voided: what was
/// ordered is given once, and the books agree after each step.
/// </summary>
public sealed class LateNoteProperties
{
    private static readonly PlanVersion[] Plans =
    [
        Named("one", Life.Plan(prices: [Life.Flat("base", 1001), Life.Metered("calls", new PerUnitModel(37, 2))])),
        Named("two", Life.Plan(prices: [Life.Flat("base", 333), Life.Metered("calls", new GraduatedModel([new Tier(20, 91), new Tier(null, 13)]))])),
        Named("least", Life.Plan(prices: Life.Metered("calls", new PerUnitModel(37)))) with { Minimum = System.Collections.Immutable.ImmutableSortedDictionary<string, long>.Empty.Add("usd", 700) },
        Named("late", Life.Plan(prices: [Life.Flat("base", 500), Life.Metered("calls", new PerUnitModel(53))])) with { UsageGraceHours = 50 },
    ];

    private static readonly Gen<Script> Scripts = Gen.Select(
        Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 5],
        Gen.Select(Gen.Int[0, 26], Gen.Int[0, 250], Gen.Int[0, 60], Gen.Int[0, 999], (kind, hours, value, share) => new Step(kind, hours, value, share)).Array[4, 40],
        (plan, tax, terms, steps) => new Script(plan, tax, terms, steps));

    [Fact]
    public void What_late_usage_gives_back_is_given_once_and_the_books_agree() => Scripts.Sample(Plays, iter: 1500);

    private static void Plays(Script script)
    {
        var now = Life.Utc("2026-01-10");
        var world = new World(Plans[script.Plan], "Europe/Berlin", Invoicing.Drafts.Tax(script.Tax % 2 == 0 ? "19.6" : "7", inclusive: script.Tax > 1), account => account with
        {
            InvoiceGraceHours = script.Terms == 1 ? 300 : 0,
            Grouping = script.Terms == 2 ? InvoiceGrouping.Account : InvoiceGrouping.Subscription,
            Collection = script.Terms > 3 ? CollectionMode.SendInvoice : CollectionMode.Automatic,
        });
        world.Ordered.AddRange(Plans);
        world.Life.Start(now);
        var ordered = 0L;
        foreach (var step in script.Steps)
        {
            now += Duration.FromHours(step.Hours);
            world.Until(now);
            var before = world.Life.Waiting.ToHashSet();
            Do(world, step, now);
            ordered -= world.Life.Waiting.Where(line => line.Source is PendingSource.CreditNote && !before.Contains(line)).Sum(line => line.Draft.Amount);
            BooksCheck.Step(world.Books);
        }

        world.Settled(now, isPaid: true);
        Assert.DoesNotContain(world.Life.Waiting, line => line.Source is PendingSource.CreditNote);
        BooksCheck.Whole(world.Books);
        var noted = world.Books.Notes.Where(note => note.Reason == InvoiceDecider.UsageCorrected).SelectMany(note => note.Lines).Where(line => line.Explain is not null).Sum(line => line.Amount);
        var voided = world.Books.Headers.Any(header => header.Status is InvoiceStatus.Void);
        Assert.True(voided ? noted <= ordered : noted == ordered, $"{noted} of {ordered}");
    }

    private static void Do(World world, Step step, Instant now)
    {
        var life = world.Life;
        var id = world.Books.Documents.Keys.ElementAtOrDefault(step.Share % Math.Max(world.Books.Documents.Count, 1)) ?? "";
        switch (step.Kind)
        {
            case 0 or 1 or 2:
                life.Use(now, step.Value);
                break;
            case 3 or 4:
                life.Use(now - Duration.FromHours(step.Share), step.Value);
                break;
            case 5 or 6 or 7 when life.Used.Count > 0:
                life.Used[step.Share % life.Used.Count] = life.Used[step.Share % life.Used.Count] with { Value = step.Value % 11 };
                break;
            case 8 or 9 or 10 or 11 or 12:
                life.Late(now, LatePolicy.Rerate);
                break;
            case 13:
                life.Change(now, Plans[step.Value % Plans.Length]);
                break;
            case 14:
                life.AddCoupon(now, new CouponFacts(new Coupon("c" + step.Share, CouponDuration.Forever)
                {
                    PercentOff = step.Share % 2 == 0 ? 30 : null,
                    AmountOff = step.Share % 2 == 0 ? null : 400,
                    Currency = step.Share % 2 == 0 ? null : Domain.Kernel.Currency.Of("usd"),
                }, 0, null));
                break;
            case 15:
                world.Arrived(now);
                break;
            case 26:
                Grant(world, step, now);
                break;
            default:
                if (id.Length > 0)
                {
                    OnInvoice(world, id, step, now);
                }

                break;
        }
    }

    /// <summary>Prepaid credit in money, some of which ends.</summary>
    private static void Grant(World world, Step step, Instant now)
    {
        var rows = world.Books.Grants!;
        if (!rows.Wallets.Contains("wal_1"))
        {
            rows.Wallet("wal_1", now, null, 0, []);
        }

        rows.Due("wal_1", now);
        rows.Grant("wal_1", new GrantOrder(step.Share + 1) { ExpiresAt = step.Value % 3 == 0 ? now + Duration.FromDays(step.Value + 1) : null }, now);
    }

    private static void OnInvoice(World world, string id, Step step, Instant now)
    {
        var state = world.Books.Read(id);
        switch (step.Kind)
        {
            case 16 or 17:
                world.Sent(id, now);
                break;
            case 18 or 19:
                world.Answered(id, declined: step.Share % 3 == 0, now);
                break;
            case 20 when world.Books.Documents[id].Lines.FirstOrDefault(line => line.Draft.Amount > 0) is { } line:
                world.Note(id, new CreditNoteOrder([new CreditNoteOrderLine(line.Id, Math.Max(line.Draft.Amount * step.Share / 1000, 1))], null, "asked", (CreditNoteSettlement)(step.Share % 3)), now);
                break;
            case 21:
                world.Void(id, now);
                break;
            case 22 when state.Payments.LastOrDefault(payment => payment.Status is PaymentStatus.Succeeded) is { } payment:
                world.Refund(id, payment.Id, step.Share % 2 == 0 ? null : (state.AmountPaid / 3) + 1, now);
                break;
            case 23:
                world.Refunded(id, refused: step.Share % 4 == 0, now);
                break;
            case 24 when state.Status is InvoiceStatus.Open:
                _ = step.Share % 2 == 0 ? world.WriteOff(id, now) : world.Record(id, (state.AmountRemaining * step.Share / 1000) + 1, now);
                break;
            case 25:
                world.Pay(id, now);
                break;
        }
    }

    internal readonly record struct Step(int Kind, int Hours, int Value, int Share)
    {
        public override string ToString() => $"({Kind}, {Hours}, {Value}, {Share})";
    }

    private sealed record Script(int Plan, int Tax, int Terms, Step[] Steps)
    {
        public override string ToString() => $"plan {Plan}, tax {Tax}, terms {Terms}: {string.Join(", ", Steps)}";
    }
}
