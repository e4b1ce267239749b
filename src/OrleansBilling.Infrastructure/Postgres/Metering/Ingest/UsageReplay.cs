using System.Text;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>What became of events that were kept apart.</summary>
/// <param name="Accepted">Taken now.</param>
/// <param name="Duplicates">Sent and taken otherwise meanwhile.</param>
/// <param name="Rejected">Known now, and refused: they stay, with the reason.</param>
/// <param name="Unknown">Still unknown: they stay.</param>
/// <param name="Last">The number of the last one that was tried; null where none was left.</param>
public sealed record UsageReplayed(int Accepted, int Duplicates, IReadOnlyList<(long Id, UsageRejection Why)> Rejected, int Unknown, long? Last);

/// <summary>Tries events that were kept apart again, oldest first, as of when they were received.</summary>
public sealed class UsageReplay(UsageIntake intake, StrayEvents strays)
{
    /// <summary>Events of one call at most.</summary>
    public const int AtOnce = 500;

    /// <summary>Tries the events after a number. What is taken is forgotten here only when it is durable there.</summary>
    public async Task<UsageReplayed> RunAsync(long after, CancellationToken cancellation)
    {
        var (accepted, duplicates, unknown) = (0, 0, 0);
        var rejected = new List<(long, UsageRejection)>();
        var found = await strays.OldestAsync(after, AtOnce, cancellation);
        foreach (var stray in found)
        {
            var report = await intake.TakeAgainAsync(Encoding.UTF8.GetBytes(stray.Body), stray.ReceivedAt.ToUnixTimeTicks() / 10, cancellation);
            if (report.Accepted + report.Duplicates > 0)
            {
                await strays.ForgetAsync(stray.Id, cancellation);
                (accepted, duplicates) = (accepted + report.Accepted, duplicates + report.Duplicates);
            }
            else if (report.Rejected is [var (_, why), ..] && why != UsageRejection.NoAccount && why != UsageRejection.NoMeter)
            {
                rejected.Add((stray.Id, why));
            }
            else
            {
                unknown++;
            }
        }

        return new UsageReplayed(accepted, duplicates, rejected, unknown, found.Count < AtOnce ? null : found[^1].Id);
    }
}
