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
using static OrleansBilling.Domain.Tests.Subscriptions.Offers;

namespace OrleansBilling.Domain.Tests.Lives;

/// <summary>Something that happens in a world, after some hours: numbers that each command reads in its own way.</summary>
internal readonly record struct Deed(int Command, int Hours, int Plan, int Policy, int When, int Count, int Share)
{
    public override string ToString() =>
        $"[{RandomWorld.NameOf(Command)}: {Hours} h, plan {Plan}, policy {Policy}, when {When}, count {Count}, share {Share}]";
}

/// <summary>A life in a world, as numbers, so that a failing one shrinks and prints whole.</summary>
internal sealed record WorldScript(int Start, int Zone, int Anchor, int Plan, int Money, int Terms, Deed[] Deeds)
{
    public override string ToString() =>
        $"start {Start}, zone {Zone}, anchor {Anchor}, plan {Plan}, money {Money}, terms {Terms}: {string.Join(", ", Deeds)}";
}

/// <summary>Random lives with all that happens to their invoices, in several currencies, for several payers.</summary>
internal static partial class RandomWorld
{
    private static Gen<Deed> Deeds => Gen.Select(
        Gen.Int[0, Weighted.Length - 1], Gen.Int[0, 24 * 25], Gen.Int[0, Plans.Length - 1], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 999],
        (command, hours, plan, policy, when, count, share) => new Deed(command, hours, plan, policy, when, count, share));

    public static Gen<WorldScript> Scripts => Gen.Select(
        Gen.Select(Gen.Int[0, 900 * 24], Gen.Int[0, 3], Gen.Int[0, 3]),
        Gen.Int[0, Plans.Length - 1],
        Gen.Int[0, 17],
        Gen.Int[0, 11],
        Deeds.Array[1, 14],
        (begin, plan, money, terms, deeds) => new WorldScript(begin.Item1, begin.Item2, begin.Item3, plan, money, terms, deeds));

    /// <summary>The whole life, ended three days after the last deed, with all that is under way settled.</summary>
    /// <param name="script">What happens.</param>
    /// <param name="check">Looks after each step.</param>
    /// <param name="isPaid">False where nobody ever pays.</param>
    /// <param name="each">See <see cref="World.Each"/>.</param>
    public static World Play(WorldScript script, Action<World>? check = null, bool isPaid = true, Action<World>? each = null)
    {
        var now = Life.Utc("2024-01-01") + Duration.FromHours(script.Start);
        var plan = Plans[script.Plan];
        AnchorRule anchor = script.Anchor switch
        {
            0 => new StartAnchor(),
            1 => new CalendarAnchor(),
            2 => plan.Interval.Months is null ? new StartAnchor() : new DayOfMonthAnchor(31),
            _ => new AtAnchor(now - Duration.FromDays(11)),
        };
        var world = new World(plan, RandomLife.Zones[script.Zone], Tax(script.Money), account => account with
        {
            Currency = Currency.Of(Currencies[script.Money / 6]),
            Grouping = script.Terms is 2 or 9 or 10 ? InvoiceGrouping.Account : InvoiceGrouping.Subscription,
            InvoiceGraceHours = script.Terms % 5 == 1 ? 300 : 0,
            NetTermsDays = script.Terms % 2 * 14,
            Collection = script.Terms > 7 ? CollectionMode.SendInvoice : CollectionMode.Automatic,
        })
        {
            Each = each,
        };
        world.Ordered.AddRange([.. Plans, Support]);
        world.Life.Start(now, order => order with { Anchor = anchor, Overrides = Overrides(script.Terms, plan, now), TrialDays = script.Terms is 5 or 8 ? 60 : null });
        foreach (var deed in script.Deeds)
        {
            now += Duration.FromHours(deed.Hours);
            world.InvoicesComeLate = deed.Share % 3 == 0;
            world.Until(now);
            world.Answers.Add((NameOf(deed.Command), Commands[Weighted[deed.Command]].Do(world, deed, now) ?? "accepted"));
            world.Until(now);
            Happens(world, deed, now, isPaid);
            check?.Invoke(world);
        }

        now += Duration.FromDays(3);
        world.InvoicesComeLate = false;
        world.Until(now);
        if (world.Life.State.Status is not SubscriptionStatus.Canceled)
        {
            Assert.True(world.Life.Cancel(now, now, script.Start % 3 == 0 ? ProrationPolicy.Second : ProrationPolicy.Day).IsAccepted);
        }

        check?.Invoke(world);
        world.Settled(now, isPaid);
        return world;
    }

    /// <summary>What the outside does meanwhile: attempts leave and are answered, credits arrive, refunds go.</summary>
    private static void Happens(World world, Deed deed, Instant now, bool isPaid)
    {
        foreach (var id in isPaid ? world.Books.Documents.Keys.ToList() : [])
        {
            world.Answered(id, declined: deed.Share % 5 == 0, now);
            if (deed.Share % 4 > 0)
            {
                world.Sent(id, now);
            }

            if (deed.Share % 4 == 3)
            {
                world.Answered(id, declined: deed.Share % 3 == 0, now);
            }

            world.Refunded(id, refused: deed.Share % 7 == 0, now);
        }

        if (deed.Share % 2 == 0)
        {
            world.Arrived(now);
        }
    }
}
