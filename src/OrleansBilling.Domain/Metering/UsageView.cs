using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using OrleansBilling.Domain.Catalog.Pricing;

namespace OrleansBilling.Domain.Metering;

/// <summary>
/// A look at a meter's events that its own hours do not keep apart: by filters or groups beyond the meter's, or by what decides the price
/// of single events. Its hours are cells like the meter's own, under a code of their own, of events that say only what the look is for.
/// </summary>
/// <remarks>
/// Every event of the meter is in the view, those that its filters leave out too, as a class of their own. So an hour of the view is whole
/// exactly where it has as many events as the meter's hour: nothing else has to be known of when the view was begun.
/// </remarks>
/// <param name="Filters">Properties and the values of which an event must have one, beside the meter's own filters.</param>
/// <param name="GroupBy">Properties by whose values the quantity is split.</param>
/// <param name="Terms">How single events are priced; null keeps the quantity.</param>
public sealed record UsageView(ImmutableSortedDictionary<string, ImmutableArray<string>> Filters, ImmutableArray<string> GroupBy, EventTerms? Terms)
{
    /// <summary>The name of the class of an event; no property of an event has it.</summary>
    public const string Class = "\u0001";

    /// <summary>Left out by the filters.</summary>
    public const string Out = "out";

    /// <summary>Kept by the filters, where the quantity is asked for.</summary>
    public const string In = "in";

    /// <summary>An amount too large or too fine to be added up here: its hour is read event by event.</summary>
    public const string Odd = "odd";

    /// <summary>What stands between a meter's code and the mark of a view; no code of a meter has it.</summary>
    public const char Mark = '#';

    private const int Decimals = 12;

    private static readonly ImmutableSortedDictionary<string, string> NoProperties = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>What a need looks at beyond a quantity of all events; null where it is no more than that.</summary>
    public static UsageView? Of(UsageNeed need) => need is { Filters.IsEmpty: true, GroupBy.IsEmpty: true, Single: null }
        ? null
        : new UsageView(need.Filters, need.GroupBy, need.Single);

    /// <summary>The views that are kept beside a meter's own hours, so that a need is answered by hours; none where the meter's do.</summary>
    public IEnumerable<UsageView> Kept(Meter meter)
    {
        if (OfQuantity(meter, Filters, GroupBy) is { } quantity)
        {
            yield return quantity;
        }

        if (Terms is { } terms && OfEvents(meter, Filters, terms) is { } events)
        {
            yield return events;
        }
    }

    /// <summary>The view by which a quantity is kept; null where the meter's own hours tell it.</summary>
    public static UsageView? OfQuantity(Meter meter, ImmutableSortedDictionary<string, ImmutableArray<string>> filters, ImmutableArray<string> groupBy) =>
        filters.Keys.Concat(groupBy).All(name => meter.GroupBy.Contains(name)) ? null : new UsageView(filters, groupBy, null);

    /// <summary>The view by which the prices of single events are kept; null where the meter's own hours tell them.</summary>
    public static UsageView? OfEvents(Meter meter, ImmutableSortedDictionary<string, ImmutableArray<string>> filters, EventTerms terms) =>
        !terms.IsBounded && (terms.Property is null || terms.Property == meter.Property) && filters.Keys.All(name => meter.GroupBy.Contains(name))
            ? null
            : new UsageView(filters, [], terms);

    /// <summary>The same for views that put every event of a meter into the same class.</summary>
    public string Name => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', [
        Terms?.Key ?? "", .. GroupBy, .. Filters.OrderBy(filter => filter.Key, StringComparer.Ordinal).SelectMany(filter => filter.Value.Prepend(filter.Key + "=")),
    ]))).AsSpan(0, 10));

    /// <summary>The code under which its hours are kept.</summary>
    public string CodeOf(Meter meter) => meter.Code + Mark + Name;

    /// <summary>The meter whose cells are the view's hours.</summary>
    public Meter Over(Meter meter) => Terms is null
        ? meter with { Code = CodeOf(meter), GroupBy = [Class, .. GroupBy], Filters = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty }
        : new Meter(CodeOf(meter), meter.Name, MeterAggregation.Sum) { GroupBy = [Class] };

    /// <summary>An event as the view sees it; null where the meter does not count it.</summary>
    public UsageEvent? See(Meter meter, UsageEvent found)
    {
        if (!UsageGroup.Matches(meter.Filters, found.Properties))
        {
            return null;
        }

        if (!UsageGroup.Matches(Filters, found.Properties))
        {
            return found with { Value = null, Properties = NoProperties.Add(Class, Out) };
        }

        if (Terms is { } terms)
        {
            var amount = terms.AmountOf(meter, found);
            return IsOdd(amount)
                ? found with { Value = null, Properties = NoProperties.Add(Class, Odd) }
                : found with { Value = amount, Properties = NoProperties.Add(Class, NameOf(terms.ClassOf(amount))) };
        }

        var seen = NoProperties.Add(Class, In);
        foreach (var name in GroupBy)
        {
            seen = found.Properties.TryGetValue(name, out var value) ? seen.SetItem(name, value) : seen;
        }

        return found with { Properties = UsageRollup.TextOf(meter, found) is { } text ? seen.SetItem(meter.Property!, text) : seen };
    }

    /// <summary>True for an amount that hours do not add up.</summary>
    public static bool IsOdd(decimal amount) => Math.Abs(amount) > UsageLimits.Value || amount.Scale > Decimals;

    /// <summary>The name of a class.</summary>
    public static string NameOf(EventClass @class) => @class switch
    {
        EventClass.AtMinimum => "min",
        EventClass.AtMaximum => "max",
        _ => "paid",
    };
}
