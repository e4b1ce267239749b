using NodaTime;

namespace OrleansBilling.Grains.Payments;

/// <summary>Commits that an attempt is about to leave the database.</summary>
public interface IAttemptGate
{
    /// <summary>
    /// Sets a queued attempt to sent, in a transaction shared with other attempts of the moment. False where it is not
    /// queued any more (dropped), or where credit is on its way to its invoice: it must not be sent.
    /// </summary>
    Task<bool> MarkSentAsync(string attempt, Instant now);
}
