using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Accounts;
using OrleansBilling.Domain.Catalog;
using OrleansBilling.Domain.Catalog.Pricing;
using OrleansBilling.Domain.Invoicing;
using OrleansBilling.Domain.Invoicing.Proration;
using OrleansBilling.Domain.Kernel;
using Period = OrleansBilling.Domain.Schedule.Period;

namespace OrleansBilling.Benchmarks.Rating;

/// <summary>
/// CPU of one invoice of ten lines: each line rated by one of all models with its explanation, then discount, tax and sums.
/// No database, no server: the Domain alone, on one thread.
/// </summary>
internal static class RatingBenchmark
{
    private const int Batch = 2_000;

    private static readonly Instant Now = Instant.FromUtc(2026, 6, 1, 0, 0);

    private static readonly ImmutableArray<(PricingModel Model, RatingInput Input)> Prices =
    [
        (new FlatModel(3000), new RatingInput(1)),
        (new PerUnitModel(1000.25m, 2), new RatingInput(7)),
        (new PackageModel(100, 500, 50), new RatingInput(730)),
        (new GraduatedModel([new Tier(10, 100, 50), new Tier(100, 80), new Tier(null, 60.5m)]), new RatingInput(250)),
        (new VolumeModel([new Tier(10, 100), new Tier(null, 80.333m)]) { MinimumAmount = 500, MaximumAmount = 50_000 }, new RatingInput(64)),
        (new PercentageModel(1.2m, 10, FreeEvents: 1), new RatingInput(3) { Events = [1000, 2500, 4000] }),
        (new GraduatedPercentageModel([new PercentageTier(10_000, 2), new PercentageTier(null, 1.5m)]), new RatingInput(25_000)),
        (new MatrixModel(["region"], [Cell("eu", 12.5m), Cell("us", 9.75m)], 20), new RatingInput(30) { Groups = [Group("eu", 10), Group("us", 15), Group("ap", 5)] }),
        (new DynamicModel("amount"), new RatingInput(2) { Events = [120.5m, 99.25m] }),
        (new PerUnitModel(2000) { MinimumAmount = 5000 }, new RatingInput(2)),
    ];

    private static readonly Period Month = new(Now, Now + Duration.FromDays(30));

    private static readonly TaxSettings Tax = new([new AccountTaxRate("vat", 19.6m, [])], Inclusive: false, TaxRounding.Document, Exempt: false, TaxId: null);

    private static readonly ImmutableArray<Discount> Discounts = [Discount.Percent("dis_1", "welcome", 10, [])];

    /// <summary>Runs for some seconds and prints the CPU of an invoice.</summary>
    /// <returns>True where it stays under 50 microseconds.</returns>
    public static bool Run(int seconds)
    {
        RunFor(TimeSpan.FromSeconds(2));
        GC.Collect();
        var process = Process.GetCurrentProcess();
        var (cpu, allocated) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));
        var invoices = RunFor(TimeSpan.FromSeconds(seconds));
        process.Refresh();
        var used = (process.TotalProcessorTime - cpu).TotalMicroseconds / invoices;
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / invoices;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{invoices} invoices of {Prices.Length} lines, {bytes / 1024} KB allocated each, all CPU of the process counted"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{used:0.0} us/invoice"));
        return used < 50;
    }

    private static long RunFor(TimeSpan time)
    {
        long invoices = 0;
        long sum = 0;
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time; invoices += Batch)
        {
            for (var i = 0; i < Batch; i++)
            {
                sum += Invoice().Totals.Total;
            }
        }

        return sum == invoices * Invoice().Totals.Total ? invoices : throw new BenchmarkException("Two invoices of the same lines differ.");
    }

    private static ComputedInvoice Invoice()
    {
        var drafts = new LineDraft[Prices.Length];
        for (var i = 0; i < drafts.Length; i++)
        {
            var rated = Rater.Rate(Prices[i].Model, Prices[i].Input).Value;
            // Every third line is one of a partial period.
            rated = i % 3 == 0 && rated.SetAside.IsEmpty ? rated.Prorated(new Share(9, 30)) : rated;
            drafts[i] = new LineDraft(LineKind.Recurring, "Line", Month, rated.Amount, new Explain("pro@1", rated.Steps, Explain.Empty.Facts))
            {
                Quantity = Prices[i].Input.Quantity,
                UnitAmount = rated.UnitAmount,
            };
        }

        return InvoiceCalculator.Compute(drafts, Discounts, Tax, Currency.Of("usd"), new IdSource("rating", Now));
    }

    private static MatrixCell Cell(string region, decimal amount) =>
        new(ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("region", [region]), amount);

    private static RatingGroup Group(string region, decimal quantity) =>
        new(ImmutableSortedDictionary<string, string>.Empty.Add("region", region), quantity);
}
