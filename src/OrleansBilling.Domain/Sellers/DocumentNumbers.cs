using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Sellers;

/// <summary>A document that was issued and waits for its number.</summary>
/// <param name="Document"><c>inv_...</c> or <c>cn_...</c></param>
/// <param name="Account">The account it was issued to.</param>
/// <param name="Prefix">Of the version of the seller that the document keeps.</param>
/// <param name="IssuedAt">On the account's clock.</param>
public sealed record WaitingDocument(string Document, string Account, string Prefix, Instant IssuedAt);

/// <summary>A series as it stands.</summary>
/// <param name="Prefix">Before each number.</param>
/// <param name="Last">The last number given; 0 before the first.</param>
public sealed record NumberSeries(string Prefix, long Last);

/// <summary>A number that is given.</summary>
public sealed record GivenNumber(WaitingDocument Document, string Number);

/// <summary>A step of series: committed with the numbers that it gave, or not at all.</summary>
/// <param name="Seen">The series as the decision saw them; a commit meets them unchanged.</param>
/// <param name="Next">The same series after it.</param>
/// <param name="Numbers">In the order of issue.</param>
/// <param name="Events">One for each.</param>
public sealed record NumberStep(
    ImmutableArray<NumberSeries> Seen, ImmutableArray<NumberSeries> Next, ImmutableArray<GivenNumber> Numbers, ImmutableArray<BillingEvent> Events);

/// <summary>
/// Numbers that run by seller: each prefix counts on from its last number, document by document in the order of issue, so
/// that no number is left out and none is given twice.
/// </summary>
public static class DocumentNumbers
{
    /// <summary>The series of invoices.</summary>
    public const string Invoices = "invoice";

    /// <summary>The series of credit notes.</summary>
    public const string CreditNotes = "credit_note";

    /// <summary>Digits of a number at least.</summary>
    public const int Digits = 6;

    /// <summary>Numbers documents.</summary>
    /// <param name="entity">The seller.</param>
    /// <param name="kind"><see cref="Invoices"/> or <see cref="CreditNotes"/>; begins the type of the events.</param>
    /// <param name="series">The seller's series of that kind; a prefix that is missing begins at 1.</param>
    /// <param name="waiting">In the order of issue.</param>
    public static NumberStep Give(string entity, string kind, IReadOnlyCollection<NumberSeries> series, IReadOnlyCollection<WaitingDocument> waiting)
    {
        var last = series.ToDictionary(one => one.Prefix, one => one.Last, StringComparer.Ordinal);
        var prefixes = waiting.Select(document => document.Prefix).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        ImmutableArray<NumberSeries> seen = [.. prefixes.Select(prefix => new NumberSeries(prefix, last.GetValueOrDefault(prefix)))];
        var numbers = ImmutableArray.CreateBuilder<GivenNumber>(waiting.Count);
        var events = ImmutableArray.CreateBuilder<BillingEvent>(waiting.Count);
        foreach (var document in waiting)
        {
            var next = last[document.Prefix] = last.GetValueOrDefault(document.Prefix) + 1;
            var number = Written(kind == CreditNotes ? Joined(document.Prefix, "CN") : document.Prefix, next);
            numbers.Add(new GivenNumber(document, number));
            events.Add(BillingEvent.Of($"{kind}.numbered", document.Account, document.Document, ("legal_entity", entity), ("number", number)));
        }

        return new NumberStep(seen, [.. prefixes.Select(prefix => new NumberSeries(prefix, last[prefix]))], numbers.MoveToImmutable(), events.MoveToImmutable());
    }

    /// <summary>A number as it stands on documents: <c>ACME-000001</c>.</summary>
    public static string Written(string prefix, long number) => Joined(prefix, number.ToString($"D{Digits}", CultureInfo.InvariantCulture));

    /// <summary>A prefix and what follows it; a hyphen parts two letters or digits.</summary>
    public static string Joined(string prefix, string rest) =>
        prefix.Length > 0 && char.IsAsciiLetterOrDigit(prefix[^1]) ? $"{prefix}-{rest}" : prefix + rest;
}
