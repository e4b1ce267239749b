namespace OrleansBilling.Grains.Schedule;

/// <summary>
/// Runs the due work of one shard of the live clock. Key: <c>shard_</c> + number. Holds the one-minute reminder that
/// wakes it whatever happens.
/// </summary>
[Alias("OrleansBilling.IScheduleGrain")]
public interface IScheduleGrain : IGrainWithStringKey
{
    /// <summary>
    /// Runs what is due in this shard in bounded, paced batches and returns when a poll finds nothing more, or when it
    /// is running already.
    /// </summary>
    [Alias("Poke")]
    Task Poke();
}
