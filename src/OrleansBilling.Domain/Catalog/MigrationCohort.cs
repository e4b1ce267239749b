using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using OrleansBilling.Domain.Kernel;

namespace OrleansBilling.Domain.Catalog;

/// <summary>Which of a version's subscribers a migration moves: so many percent of them, or those that are named; else all.</summary>
/// <param name="Percent">More than 0 up to 100, or null. Which subscriptions they are is told by their ids alone, so that those of 10 % are among those of 20 %.</param>
/// <param name="Subscriptions">Ids of subscriptions; empty for a percentage or all.</param>
public sealed record MigrationCohort(decimal? Percent, ImmutableArray<string> Subscriptions)
{
    /// <summary>Named subscriptions at most.</summary>
    public const int MaxNamed = 1000;

    /// <summary>Everybody.</summary>
    public static MigrationCohort All { get; } = new(null, []);

    /// <summary>The first rule that the cohort breaks, or null: <c>cohort_given_twice</c>, <c>percent_out_of_range</c>.</summary>
    public static Refusal? Check(MigrationCohort cohort) => cohort switch
    {
        { Percent: not null, Subscriptions.IsEmpty: false } =>
            Refusal.Rule("cohort_given_twice", "Give a percentage or name subscriptions, not both.", "cohort"),
        { Percent: <= 0 or > 100 } => Refusal.Invalid("percent_out_of_range", "Give more than 0 and at most 100 percent.", "cohort.percent"),
        _ => null,
    };

    /// <summary>True where a subscription of the versions that are moved belongs to it.</summary>
    public bool Contains(string subscription) =>
        Subscriptions.IsEmpty ? Percent is not { } percent || PlaceOf(subscription) * 100m < percent : Subscriptions.Contains(subscription, StringComparer.Ordinal);

    /// <summary>A place from 0 to just below 1 that a subscription keeps for ever, spread evenly over all ids.</summary>
    private static decimal PlaceOf(string subscription)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(subscription), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash) / 4_294_967_296m;
    }
}
