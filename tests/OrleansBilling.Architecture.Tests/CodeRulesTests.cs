using OrleansBilling.Architecture.Tests.Fixtures;
using OrleansBilling.Architecture.Tests.Guards;
using OrleansBilling.Architecture.Tests.Reading;
using OrleansBilling.Domain.Kernel;
using OrleansBilling.Grains.Turn;

namespace OrleansBilling.Architecture.Tests;

/// <summary>Rules of the house about what code does, read from what the compiler made of it.</summary>
public sealed class CodeRulesTests
{
    /// <summary>Where digits are cut off numbers that are no money, or that have none to lose.</summary>
    private static readonly string[] RoundedElsewhere =
    [
        // Counts full packages.
        "OrleansBilling.Domain.Catalog.Pricing.PackagePricing: Decimal.Floor",
        // Compares a number with itself, to refuse too many digits.
        "OrleansBilling.Domain.Catalog.CatalogLimits: Decimal.Round",
        // Counts whole top-ups; compares an amount with itself, to refuse fractions and too many digits.
        "OrleansBilling.Domain.Wallets.TopUp: Decimal.op_Explicit",
        "OrleansBilling.Domain.Wallets.WalletDecider: Decimal.Round",
        "OrleansBilling.Domain.Wallets.WalletDecider: Decimal.Truncate",
        "OrleansBilling.Grains.Wallets.WalletView: Decimal.ToInt64",
        // Shows whole numbers only.
        "OrleansBilling.Grains.Catalog.PricingModelView: Decimal.ToInt64",
        "OrleansBilling.Domain.Alerts.Alert: Decimal.ToInt64",
        "OrleansBilling.Domain.Alerts.AlertRules: Decimal.Truncate",
    ];

    private static IEnumerable<Mono.Cecil.TypeDefinition> DomainAndGrains => [.. Compiled.Types(Compiled.Domain), .. Compiled.Types(Compiled.Grains)];

    [Fact]
    public void Domain_and_Grains_read_no_clock() => Guarded.Clean(Clocks.Calls(DomainAndGrains));

    [Fact]
    public void A_read_clock_is_reported() => Guarded.Reports(
        Clocks.Calls(Compiled.Fixture(typeof(ReadsClocks))),
        "DateTime.get_Now", "DateTime.get_UtcNow", "DateTime.get_Today", "DateTimeOffset.get_Now", "DateTimeOffset.get_UtcNow", "TimeProvider.GetUtcNow",
        "Stopwatch.GetTimestamp", "SystemClock.get_Instance", "get_TickCount", "get_TickCount64", "Guid.NewGuid", "Guid.CreateVersion7", "System.Random.get_Shared",
        "ReadsClocks/<>c.<Later>", "ReadsClocks/<LaterStill>");

    [Fact]
    public void Every_banned_symbol_of_the_compilers_list_is_known_to_this_guard()
    {
        var members = Repository.Read("src/BannedSymbols.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(';')[0][2..].Split('(')[0]).Where(name => !name.EndsWith("Thread.Sleep", StringComparison.Ordinal));
        var seen = string.Join('\n', Clocks.Calls(Compiled.Fixture(typeof(ReadsClocks)))).Replace("get_", "", StringComparison.Ordinal);
        Guarded.Clean(members.Where(name => !seen.Contains(name, StringComparison.Ordinal)).Select(name => $"{name} is in BannedSymbols.txt and not in the guard"));
    }

    [Fact]
    public void Domain_and_Grains_know_no_floating_point() => Guarded.Clean(FloatingPoint.Uses(DomainAndGrains));

    [Fact]
    public void Floating_point_is_reported() => Guarded.Reports(
        FloatingPoint.Uses(Compiled.Fixture(typeof(FloatsMoney))),
        "Single in OrleansBilling.Architecture.Tests.Fixtures.FloatsMoney._rate", "Single in OrleansBilling.Architecture.Tests.Fixtures.FloatsMoney..ctor",
        "floating point number in OrleansBilling.Architecture.Tests.Fixtures.FloatsMoney.Local", "floating point number in OrleansBilling.Architecture.Tests.Fixtures.FloatsMoney.Converted",
        "Double in OrleansBilling.Architecture.Tests.Fixtures.FloatsMoney.Nested");

    [Fact]
    public void Money_is_rounded_in_one_file() => Assert.Equal(
        RoundedElsewhere.Order(StringComparer.Ordinal),
        RoundingPlaces.Of(DomainAndGrains).Where(place => !place.StartsWith("OrleansBilling.Domain.Kernel.Rounding: ", StringComparison.Ordinal)));

    [Fact]
    public void Money_rounded_elsewhere_is_reported() => Guarded.Reports(
        RoundingPlaces.Of(Compiled.Fixture(typeof(RoundsMoney))), "RoundsMoney: Decimal.Round", "RoundsMoney: Decimal.op_Explicit", "RoundsMoney: Math.Ceiling", "RoundsMoney: Decimal.ToInt64");

    [Fact]
    public void Decisions_are_synchronous() => Guarded.Clean(Purity.Asynchronous(Compiled.Types(Compiled.Domain)));

    [Fact]
    public void A_decision_that_waits_is_reported() => Guarded.Reports(Purity.Asynchronous(Compiled.Fixture(typeof(Awaits))), "Awaits.Decide");

    [Fact]
    public void Records_and_structs_of_Domain_and_Grains_never_change() =>
        Guarded.Clean(Immutability.Changeable([.. typeof(Refusal).Assembly.GetTypes(), .. typeof(CommandKey).Assembly.GetTypes()]));

    [Fact]
    public void Changing_records_are_reported() => Guarded.Reports(
        Immutability.Changeable(typeof(ChangingRecords).GetNestedTypes()), "Settable.Count can be set", "Listed.Names", "Listed.Numbers", "OpenStruct.Value can be set", "Fielded.Open");

    [Fact]
    public void Names_tell_the_role() => Guarded.Clean(Names.VagueSuffixes(
        [.. DomainAndGrains, .. Compiled.Types(Compiled.Infrastructure), .. Compiled.Types(Compiled.Server)]));

    [Fact]
    public void Vague_names_are_reported() =>
        Guarded.Reports(Names.VagueSuffixes(Compiled.Fixture(typeof(VagueNames))), "InvoiceManager", "DateUtils", "PricingHelper", "BillingService");
}
