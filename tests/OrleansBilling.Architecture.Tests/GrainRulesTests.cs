using OrleansBilling.Architecture.Tests.Fixtures;
using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Architecture.Tests;

/// <summary>Rules that keep grains apart: who calls whom, what travels, and where state lies.</summary>
public sealed class GrainRulesTests
{
    /// <summary>
    /// Calls run one way (docs/architecture.md): Schedule and TestClock to PlanMigration, Subscription and Invoice, PlanMigration to Subscription, those to Account. A new
    /// line here must not close a circle.
    /// </summary>
    private static readonly string[] AllowedCalls =
    [
        "ScheduleGrain -> ISubscriptionGrain",
        "ScheduleGrain -> IInvoiceGrain",
        "ScheduleGrain -> IWalletGrain",
        "TestClockGrain -> IWalletGrain",
        "ScheduleGrain -> IGatheringGrain",
        "TestClockGrain -> IGatheringGrain",
        "ScheduleGrain -> IPlanMigrationGrain",
        "TestClockGrain -> IPlanMigrationGrain",
        "PlanMigrationGrain -> ISubscriptionGrain",
        "ScheduleGrain -> IAlertGrain",
        "TestClockGrain -> IAlertGrain",
        "ScheduleGrain -> IAccountAlertsGrain",
        "TestClockGrain -> IAccountAlertsGrain",
        "AccountAlertsGrain -> ISubscriptionGrain",
        "ScheduleGrain -> IAccountWalletsGrain",
        "TestClockGrain -> IAccountWalletsGrain",
        "AccountWalletsGrain -> ISubscriptionGrain",
        "TestClockGrain -> ISubscriptionGrain",
        "TestClockGrain -> IInvoiceGrain",
        "SubscriptionGrain -> IAccountGrain",
        "InvoiceGrain -> IAccountGrain",
    ];

    private static readonly Type[] GrainTypes = typeof(CommandKey).Assembly.GetTypes();

    [Fact]
    public void Calls_between_grains_run_one_way() =>
        Guarded.Clean(GrainCalls.Of(Compiled.Types(Compiled.Grains)).Except(AllowedCalls, StringComparer.Ordinal).Select(call => $"{call} is not in the list of allowed calls"));

    [Fact]
    public void Calls_of_the_product_are_found() => Guarded.Reports(
        GrainCalls.Of(Compiled.Types(Compiled.Grains)), "ScheduleGrain -> ISubscriptionGrain", "ScheduleGrain -> IInvoiceGrain", "TestClockGrain -> ISubscriptionGrain", "TestClockGrain -> IInvoiceGrain");

    [Fact]
    public void Ports_call_no_grain() => Guarded.Clean(GrainCalls.OutsideHostedLoops(Compiled.Types(Compiled.Infrastructure)));

    [Fact]
    public void A_port_that_calls_a_grain_is_reported() =>
        Guarded.Reports(GrainCalls.OutsideHostedLoops(Compiled.Fixture(typeof(CallingPort))), "CallingPort", "GetGrain");

    [Fact]
    public void A_hosted_loop_may_call_grains() => Assert.Empty(GrainCalls.OutsideHostedLoops(Compiled.Fixture(typeof(CallingLoop))));

    [Fact]
    public void The_allowed_calls_close_no_circle()
    {
        var calls = AllowedCalls.Select(call => call.Split(" -> ")).ToLookup(call => call[0], call => call[1][1..], StringComparer.Ordinal);
        foreach (var start in calls.Select(group => group.Key))
        {
            Assert.DoesNotContain(start, Reach(start, []));
        }

        IEnumerable<string> Reach(string from, HashSet<string> seen) => calls[from].Where(seen.Add).SelectMany(to => Reach(to, seen).Prepend(to));
    }

    [Fact]
    public void A_call_against_the_direction_is_reported()
    {
        var calls = GrainCalls.Of(Compiled.Fixture(typeof(CallingGrains))).ToList();
        Guarded.Reports(calls, "RoundaboutGrain -> ITargetGrain", "PortGrain -> ITargetGrain", "HeirGrain -> any, by");
        Assert.DoesNotContain(calls, call => call.StartsWith("QuietGrain", StringComparison.Ordinal));
    }

    [Fact]
    public void Messages_are_named_numbered_and_immutable() => Guarded.Clean(Messages.Faults(Messages.InterfacesOf(typeof(CommandKey).Assembly)));

    [Fact]
    public void A_careless_message_is_reported() => Guarded.Reports(
        Messages.Faults([typeof(CarelessContract.ICarelessGrain)]),
        "ICarelessGrain has no alias", "ICarelessGrain.Ask has no alias", "Question travels", "Answer.Lost has no [Id]");

    [Fact]
    public void State_names_are_unique_and_in_the_products_storage()
    {
        var names = StateNames.Of(GrainTypes);
        Assert.Contains(names, name => name.Name is "subscription");
        Guarded.Clean(StateNames.Faults(names, TurnGrain.Storage));
    }

    [Fact]
    public void Shared_and_stray_states_are_reported() => Guarded.Reports(
        StateNames.Faults(StateNames.Of(typeof(SharedStates).GetNestedTypes()), "billing"), "thing is shared by FirstGrain and SecondGrain", "StrayGrain keeps its state stray");

    [Fact]
    public void Keys_of_grains_begin_with_a_word()
    {
        Assert.Contains(GrainKeys.Makers(GrainTypes), maker => maker.DeclaringType!.Name is "PlanGrain");
        Guarded.Clean(GrainKeys.BadKeys(GrainTypes));
        Guarded.Clean(GrainKeys.BadPrefixes([.. Compiled.Types(Compiled.Domain), .. Compiled.Types(Compiled.Grains), .. Compiled.Types(Compiled.Infrastructure), .. Compiled.Types(Compiled.Server)]));
        Assert.Contains("inv", GrainKeys.Prefixes([.. Compiled.Types(Compiled.Domain), .. Compiled.Types(Compiled.Grains)]).Select(found => found.Prefix));
    }

    [Fact]
    public void Keys_that_read_as_numbers_are_reported()
    {
        Guarded.Reports(GrainKeys.BadKeys([typeof(NumericKeys)]), "makes the key 0123");
        Guarded.Reports(GrainKeys.BadPrefixes(Compiled.Fixture(typeof(NumericKeys))), "\"0a_\"", "\"0b_\"", "Computed makes ids that begin with \"?_\"");
    }
}
