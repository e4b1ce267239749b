using System.Diagnostics;
using Npgsql;
using Orleans.Runtime;
using OrleansBilling.Domain.Kernel;
using Polly;

namespace OrleansBilling.Architecture.Tests.Fixtures;

/// <summary>Sees the driver, a vendor's library, files and the environment.</summary>
public sealed class SeesThroughWalls
{
    private readonly List<NpgsqlConnection> _connections = [];

    public int Count() => _connections.Count + File.ReadAllText("x").Length;

    public ResiliencePipeline Retry() => ResiliencePipeline.Empty;
}

/// <summary>Uses the driver only in a body.</summary>
public sealed class SeesThroughWallsQuietly
{
    public object Hidden() => new NpgsqlBatch();
}

/// <summary>Reads every clock there is, rolls dice and makes ids.</summary>
public sealed class ReadsClocks
{
    public object[] All(TimeProvider time) =>
    [
        DateTime.Now, DateTime.UtcNow, DateTime.Today, DateTimeOffset.Now, DateTimeOffset.UtcNow, time.GetUtcNow(), Stopwatch.GetTimestamp(),
        NodaTime.SystemClock.Instance, Environment.TickCount, Environment.TickCount64, Guid.NewGuid(), Guid.CreateVersion7(), Random.Shared.Next(),
    ];

    /// <summary>In a lambda, which the compiler puts into a class of its own.</summary>
    public Func<DateTime> Later() => () => DateTime.UtcNow;

    /// <summary>In a state machine.</summary>
    public async Task<DateTimeOffset> LaterStill()
    {
        await Task.Yield();
        return DateTimeOffset.UtcNow;
    }
}

/// <summary>Computes money in floating point: each member in another way.</summary>
public sealed class FloatsMoney
{
    private readonly float _rate;

    public FloatsMoney(float rate) => _rate = rate;

    public long Local(long amount)
    {
        var share = amount / 3.0;
        return (long)Math.Round(share);
    }

    public decimal Converted(long amount) => (decimal)(amount * _rate);

    public List<double> Nested() => [];
}

/// <summary>Cuts digits off money: each member in another way.</summary>
public sealed class RoundsMoney
{
    public decimal Rounded(decimal amount) => decimal.Round(amount, 2);

    public long Cast(decimal amount) => (long)amount;

    public decimal Up(decimal amount) => Math.Ceiling(amount);

    public Func<decimal, long> Later() => amount => decimal.ToInt64(amount);
}

/// <summary>A decision that waits.</summary>
public sealed class Awaits
{
    public async Task<int> Decide()
    {
        await Task.Yield();
        return 1;
    }
}

/// <summary>Records that change.</summary>
public static class ChangingRecords
{
    public sealed record Settable(string Name)
    {
        public int Count { get; set; }
    }

    public sealed record Listed(List<string> Names, int[] Numbers);

    public record struct OpenStruct(int Value);

    public sealed record Fielded
    {
        public int Open;
    }
}

/// <summary>Vague names.</summary>
public static class VagueNames
{
    public sealed class InvoiceManager;

    public static class DateUtils;

    public sealed class PricingHelper<T>;

    public sealed class BillingService;
}

/// <summary>A grain that calls another one on a path where none is allowed: by a helper, in a lambda, after an await.</summary>
public static class CallingGrains
{
    public interface ITargetGrain : IGrainWithStringKey;

    public sealed class RoundaboutGrain(IGrainFactory grains)
    {
        public async Task<object[]> Go()
        {
            await Task.Yield();
            return [.. new[] { "a" }.Select(key => Finder.Find(grains, key))];
        }
    }

    public interface IFinder
    {
        ITargetGrain Find(string key);
    }

    public sealed class PortGrain(IFinder finder)
    {
        public object Run() => finder.Find("x");
    }

    public sealed class BehindThePort(IGrainFactory grains) : IFinder
    {
        public ITargetGrain Find(string key) => grains.GetGrain<ITargetGrain>(key);
    }

    public abstract class CallingBase(IGrainFactory grains)
    {
        protected object Call() => grains.GetGrain(typeof(ITargetGrain), "x");
    }

    public sealed class HeirGrain(IGrainFactory grains) : CallingBase(grains)
    {
        public object Run() => Call();
    }

    public sealed class QuietGrain
    {
        public int Run() => 1;
    }

    public static class Finder
    {
        public static ITargetGrain Find(IGrainFactory grains, string key) => grains.GetGrain<ITargetGrain>(key);
    }
}

/// <summary>A port through which a turn would call another grain.</summary>
public sealed class CallingPort(IGrainFactory grains)
{
    public Task<object> Find(string key) => Task.FromResult<object>(grains.GetGrain<CallingGrains.ITargetGrain>(key));
}

/// <summary>A loop beside the turns.</summary>
public sealed class CallingLoop(IGrainFactory grains) : Microsoft.Extensions.Hosting.BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        _ = grains.GetGrain<CallingGrains.ITargetGrain>("x");
    }
}

/// <summary>Two grains with one state name, and one in another storage.</summary>
public static class SharedStates
{
    public sealed class FirstGrain([PersistentState("thing", "billing")] IPersistentState<object> stored)
    {
        public object Stored => stored;
    }

    public sealed class SecondGrain([PersistentState("thing", "billing")] IPersistentState<object> stored)
    {
        public object Stored => stored;
    }

    public sealed class StrayGrain([PersistentState("stray")] IPersistentState<object> stored)
    {
        public object Stored => stored;
    }
}

/// <summary>Ids and keys that a database of grains would take for numbers.</summary>
public static class NumericKeys
{
    public static string KeyOf(string code) => code;

    public static string Id(IdSource ids) => ids.Next("0a");

    public static string Computed(IdSource ids, string prefix) => ids.Next(prefix.Trim());

    public static string Forwarded(string prefix, IdSource ids) => ids.Next(prefix);

    public static string Caller(IdSource ids) => Forwarded("0b", ids);
}
