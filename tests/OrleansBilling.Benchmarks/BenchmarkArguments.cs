using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace OrleansBilling.Benchmarks;

/// <summary>What is measured.</summary>
internal enum BenchmarkKind
{
    /// <summary>A storm of renewals, beside pgbench.</summary>
    Renewals,

    /// <summary>Renewals of one account that gathers them on one invoice.</summary>
    Grouped,

    /// <summary>A server with dormant subscriptions.</summary>
    Idle,

    /// <summary>Rating an invoice, without database or server.</summary>
    Rating,

    /// <summary>Usage events taken over HTTP, beside COPY.</summary>
    Ingest,

    /// <summary>How soon an event is seen, and how long usage takes to read.</summary>
    Usage,

    /// <summary>Holds of prepaid credit at a fixed rate.</summary>
    Holds,

    /// <summary>Events for many minutes at half the rate: memory stays flat.</summary>
    Soak,

    /// <summary>Closing the period of an account with millions of events.</summary>
    Close,
}

/// <summary>The command line: <c>[renewals|grouped|idle|rating|ingest|usage|holds|soak|close] [--subscriptions N] [--seconds N] [--events N] [--rate N] [--minutes N] [--days N] [--model NAME]</c>; without a name renewals, idle, ingest and usage are run.</summary>
internal sealed record BenchmarkArguments(IReadOnlyList<BenchmarkKind> Kinds)
{
    /// <summary>Subscriptions filled in; null takes the default of the benchmark.</summary>
    public int? Subscriptions { get; init; }

    /// <summary>Seconds of each pgbench run, or of the idle sample; null takes the default of the benchmark.</summary>
    public int? Seconds { get; init; }

    /// <summary>Renewals that run before the measured ones, so that the server's code is compiled; 0 measures a cold server.</summary>
    public int WarmUp { get; init; } = 5_000;

    /// <summary>Usage events; null takes the default of the benchmark.</summary>
    public int? Events { get; init; }

    /// <summary>Usage events a second while they are looked for; null takes the default.</summary>
    public int? Rate { get; init; }

    /// <summary>Minutes of a soak; null takes the default.</summary>
    public int? Minutes { get; init; }

    /// <summary>Days before today that hold keys of events when ingestion is measured.</summary>
    public int Days { get; init; }

    /// <summary>Whether the database's own profile is printed: time by statement, sizes of tables.</summary>
    public bool Profile { get; init; }

    /// <summary>Whether the measured invoices are numbered by seller, without gaps, and not by account.</summary>
    public bool BySeller { get; init; }

    /// <summary>The price at which a period is closed: <c>graduated</c>, <c>percentage</c>, <c>dynamic</c>, or <c>held</c> for the first with events of holds.</summary>
    public string Model { get; init; } = "graduated";

    /// <summary>Further settings of the server, <c>NAME=value</c>.</summary>
    public Dictionary<string, string> Server { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Reads the command line.</summary>
    public static bool TryRead(string[] args, out BenchmarkArguments arguments, [NotNullWhen(false)] out string? fault)
    {
        arguments = new BenchmarkArguments([BenchmarkKind.Renewals, BenchmarkKind.Idle, BenchmarkKind.Ingest, BenchmarkKind.Usage]);
        fault = null;
        for (var i = 0; i < args.Length && fault is null; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case var name when Enum.TryParse<BenchmarkKind>(name, ignoreCase: true, out var kind) && name.All(char.IsAsciiLetterLower):
                    arguments = arguments with { Kinds = [kind] };
                    break;
                case "--minutes" when Number(value) is { } minutes:
                    arguments = arguments with { Minutes = minutes };
                    i++;
                    break;
                case "--days" when Number(value) is { } days:
                    arguments = arguments with { Days = days };
                    i++;
                    break;
                case "--events" when Number(value) is { } count:
                    arguments = arguments with { Events = count };
                    i++;
                    break;
                case "--rate" when Number(value) is { } rate:
                    arguments = arguments with { Rate = rate };
                    i++;
                    break;
                case "--model" when value is "graduated" or "percentage" or "dynamic" or "held":
                    arguments = arguments with { Model = value };
                    i++;
                    break;
                case "--profile":
                    arguments = arguments with { Profile = true };
                    break;
                case "--by-seller":
                    arguments = arguments with { BySeller = true };
                    break;
                case "--subscriptions" when Number(value) is { } count:
                    arguments = arguments with { Subscriptions = count };
                    i++;
                    break;
                case "--seconds" when Number(value) is { } seconds:
                    arguments = arguments with { Seconds = seconds };
                    i++;
                    break;
                case "--warm-up" when Number(value) is { } count:
                    arguments = arguments with { WarmUp = count };
                    i++;
                    break;
                case "--server" when value.Split('=', 2) is [var name, var set]:
                    arguments.Server[name] = set;
                    i++;
                    break;
                default:
                    fault = $"'{args[i]}' is not understood. Usage: [renewals|grouped|idle|rating|ingest|usage|holds|soak|close] [--subscriptions N] [--seconds N] [--events N] [--rate N] [--minutes N] [--days N] [--model graduated|percentage|dynamic|held] [--warm-up N] [--profile] [--by-seller] [--server NAME=value]";
                    break;
            }
        }

        return fault is null;
    }

    private static int? Number(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>The benchmark cannot go on; the message says why and what to do.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
