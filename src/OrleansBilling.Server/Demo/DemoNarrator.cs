using System.Globalization;
using System.Text.Json;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Server.Demo;

/// <summary>
/// Tells events in plain sentences. What is out of the ordinary gets a sentence of its own; the rest is counted. It
/// remembers which payments had trouble, so that it can say at which try the money came.
/// </summary>
internal sealed class DemoNarrator
{
    private readonly Dictionary<string, int> _declines = new(StringComparer.Ordinal);
    private readonly HashSet<string> _debits = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _issued = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private int _renewed;
    private int _invoices;
    private int _charged;
    private int _settled;

    /// <summary>The sentences of what is new, oldest first, then one that counts the ordinary.</summary>
    /// <param name="events">In any order; those told before are left out.</param>
    /// <param name="nameOf">The customer's name by account id; null where it is not of this scene.</param>
    /// <param name="zoneOf">The customer's time zone by account id.</param>
    /// <param name="currencyOf">The customer's currency by account id.</param>
    public IReadOnlyList<string> Tell(
        IEnumerable<DemoEvent> events, Func<string, string?> nameOf, Func<string, string> zoneOf, Func<string, string> currencyOf)
    {
        (_renewed, _invoices, _charged, _settled) = (0, 0, 0, 0);
        var sentences = new List<string>();
        foreach (var told in events.Where(e => e.Account is not null && _told.Add(e.Id)).OrderBy(e => e.CreatedAt).ThenBy(e => Rank(e.Type)).ThenBy(e => e.Id, StringComparer.Ordinal))
        {
            if (nameOf(told.Account!) is { } name && Sentence(told, zoneOf(told.Account!), currencyOf(told.Account!)) is { } sentence)
            {
                sentences.Add($"{Day(told.CreatedAt, zoneOf(told.Account!))}, {name}: {sentence}");
            }
        }

        if (Ordinary() is { } rest)
        {
            sentences.Add(rest);
        }

        return sentences;
    }

    /// <summary>A local date for people, such as <c>28 Feb</c>.</summary>
    public static string Day(DateTimeOffset at, string zone) =>
        Instant.FromDateTimeOffset(at).InZone(DateTimeZoneProviders.Tzdb[zone]).Date.ToString("d MMM", CultureInfo.InvariantCulture);

    /// <summary>What happened at one instant is told causes first: documents, then payments, then what they did to the subscription.</summary>
    private static int Rank(string type) => type switch
    {
        "subscription.past_due" or "subscription.unpaid" or "subscription.recovered" => 2,
        _ when type.StartsWith("payment.", StringComparison.Ordinal) => 1,
        _ => 0,
    };

    private string? Sentence(DemoEvent told, string zone, string currency) => told.Type switch
    {
        "subscription.trial_started" => $"the trial begins; it ends on {Date(told, "trial_end", zone)}.",
        "subscription.trial_ended" => "the trial is over and the first paid month begins.",
        "subscription.cancellation_scheduled" => $"cancels at the end of the period, on {Date(told, "cancel_at", zone)}.",
        "subscription.uncanceled" => "takes the cancellation back.",
        "subscription.canceled" => Text(told, "reason") is "requested" ? "the subscription ends." : $"the subscription ends ({Text(told, "reason")}).",
        "subscription.past_due" => "the subscription is past due.",
        "subscription.unpaid" => "the last retry has failed; the subscription is unpaid. Invoices go on, charges do not.",
        "subscription.recovered" => "the subscription is active again.",
        "invoice.credited" => $"{Amount(told, "applied", currency)} of credit lowers an open invoice.",
        "payment.failed" => Declined(told, zone, currency),
        "invoice.issued" => Issued(told, currency),
        "payment.processing" => Processing(told, currency),
        "payment.succeeded" => Succeeded(told, currency),
        "subscription.renewed" => Renewed(),
        _ => null,
    };

    private string? Renewed()
    {
        _renewed++;
        return null;
    }

    private string? Issued(DemoEvent told, string currency)
    {
        _invoices++;
        _issued[told.Account!] = told.CreatedAt;
        return (Number(told, "total"), Number(told, "amount_due")) switch
        {
            ( < 0 and var total, _) => $"{new Money(-total, Currency.Of(currency))} for unused time is credited.",
            ( > 0 and var total, 0) => $"{new Money(total, Currency.Of(currency))} is paid from the credit balance.",
            _ => null,
        };
    }

    private string? Processing(DemoEvent told, string currency)
    {
        _debits.Add(told.Subject);
        return _known.Add($"{told.Account}/debit") ? $"a bank debit of {Amount(told, "amount", currency)} is on its way; the bank says in some days." : null;
    }

    private string Declined(DemoEvent told, string zone, string currency)
    {
        var declines = _declines[told.Subject] = _declines.GetValueOrDefault(told.Subject) + 1;
        var next = told.Data.TryGetProperty("next_retry_at", out var at) && at.ValueKind is JsonValueKind.String
            ? $"the next try is on {Day(at.GetDateTimeOffset(), zone)}"
            : "no further try follows";
        return $"try {declines} for {Amount(told, "amount", currency)} is declined ({Text(told, "decline_code")}); {next}.";
    }

    private string? Succeeded(DemoEvent told, string currency)
    {
        if (_declines.TryGetValue(told.Subject, out var declines))
        {
            return $"{Amount(told, "amount", currency)} is taken at try {declines + 1}.";
        }

        if (_debits.Contains(told.Subject))
        {
            _settled++;
            return null;
        }

        _charged++;
        var late = _issued.TryGetValue(told.Account!, out var issued) ? told.CreatedAt - issued : TimeSpan.Zero;
        return late > TimeSpan.Zero && _known.Add($"{told.Account}/unknown")
            ? $"the gateway did not answer; asked again after {late.TotalMinutes:0} min it says that {Amount(told, "amount", currency)} was taken."
            : null;
    }

    private string? Ordinary()
    {
        var parts = new[]
        {
            (Count: _renewed, One: "subscription renewed", Many: "subscriptions renewed"),
            (Count: _invoices, One: "invoice issued", Many: "invoices issued"),
            (Count: _charged, One: "charged without a decline", Many: "charged without a decline"),
            (Count: _settled, One: "bank debit settled", Many: "bank debits settled"),
        };
        var said = string.Join(", ", parts.Where(part => part.Count > 0).Select(part => $"{part.Count} {(part.Count == 1 ? part.One : part.Many)}"));
        return said.Length == 0 ? null : said + ".";
    }

    private static string? Text(DemoEvent told, string name) =>
        told.Data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static string Date(DemoEvent told, string name, string zone) =>
        told.Data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? Day(value.GetDateTimeOffset(), zone) : "a later day";

    private static long Number(DemoEvent told, string name) =>
        told.Data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetInt64() : 0;

    private static string Amount(DemoEvent told, string name, string currency) =>
        told.Data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number
            ? new Money(value.GetInt64(), Currency.Of(currency)).ToString()
            : "the amount";
}
