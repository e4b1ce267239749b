using System.Diagnostics;
using OrleansBilling.Benchmarks.Measure;

namespace OrleansBilling.Benchmarks.Holds;

/// <summary>What a storm of holds came to.</summary>
/// <param name="Milliseconds">From the instant at which each request was due to its answer, ascending.</param>
/// <param name="Held">Answered 201.</param>
/// <param name="Refused">Answered 422.</param>
/// <param name="Failed">Anything else.</param>
/// <param name="PerSecond">Answers a second, from the first due instant to the last answer.</param>
internal sealed record StormResult(IReadOnlyList<double> Milliseconds, int Held, int Refused, int Failed, double PerSecond)
{
    /// <summary>The value that so many percent do not exceed.</summary>
    public double Percentile(int percent) => Milliseconds[Math.Max(0, (int)Math.Ceiling(Milliseconds.Count * percent / 100.0) - 1)];
}

/// <summary>Sends holds of one unit at a fixed rate, each at its own instant, whether or not the former ones are answered.</summary>
internal static class HoldStorm
{
    public static async Task<StormResult> RunAsync(HoldCaller api, IReadOnlyList<string> wallets, int rate, int seconds, CancellationToken cancellation)
    {
        var count = rate * seconds;
        var watch = Stopwatch.StartNew();
        // A thread of its own, which sleeps from one instant to the next.
        var sent = await Task.Factory.StartNew(
            () => Send(api, wallets, rate, count, watch, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var answers = await Task.WhenAll(sent);
        var elapsed = watch.Elapsed.TotalSeconds;
        return new StormResult(
            [.. answers.Select(answer => answer.Milliseconds).Order()],
            answers.Count(answer => answer.Status == 201),
            answers.Count(answer => answer.Status == 422),
            answers.Count(answer => answer.Status is not (201 or 422)),
            count / elapsed);
    }

    private static List<Task<(double Milliseconds, int Status)>> Send(
        HoldCaller api, IReadOnlyList<string> wallets, int rate, int count, Stopwatch watch, CancellationToken cancellation)
    {
        var sent = new List<Task<(double Milliseconds, int Status)>>(count);
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / rate);
            Pace.WaitUntil(watch, due, cancellation);
            sent.Add(SendAsync(api, wallets[i % wallets.Count], watch, due, cancellation));
        }

        return sent;
    }

    private static async Task<(double Milliseconds, int Status)> SendAsync(HoldCaller api, string wallet, Stopwatch watch, TimeSpan due, CancellationToken cancellation)
    {
        var status = await api.HoldAsync(wallet, cancellation);
        return ((watch.Elapsed - due).TotalMilliseconds, status);
    }
}
