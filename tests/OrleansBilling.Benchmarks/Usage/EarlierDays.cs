using System.Diagnostics;
using OrleansBilling.Benchmarks.Cluster;

namespace OrleansBilling.Benchmarks.Usage;

/// <summary>Fills the days before today with keys of events, so that every new event has to be told from them.</summary>
internal static class EarlierDays
{
    /// <summary>Keys of one day.</summary>
    public const int KeysPerDay = 200_000;

    /// <summary>Writes them; before the server takes its first event, since it looks once at days that are over.</summary>
    public static async Task FillAsync(BenchmarkCluster cluster, int days, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        for (var back = days; back > 0; back--)
        {
            await cluster.ExecuteAsync(
                $$"""
                select usage_make_day((now() at time zone 'UTC')::date - {{back}});
                insert into usage_day (day) values ((now() at time zone 'UTC')::date - {{back}}) on conflict do nothing;
                insert into usage_key (content, batch, key, day, n)
                select i, -{{back}}, gen_random_uuid(), (now() at time zone 'UTC')::date - {{back}}, i from generate_series(1, {{KeysPerDay}}) as i;
                """,
                cancellation);
        }

        Console.WriteLine($"  {days} days before today hold {KeysPerDay} keys each, filled in {watch.Elapsed.TotalSeconds:0} s");
    }
}
