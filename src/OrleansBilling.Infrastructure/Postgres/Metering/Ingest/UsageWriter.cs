using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>
/// Gathers the parts of all requests and writes them together: while a transaction is under way the next parts wait, so that
/// groups grow with the load and a single request waits for nobody. The queue is bounded.
/// </summary>
internal sealed partial class UsageWriter(UsageDatabase database, UsageOptions options, ILogger<UsageWriter> logger) : BackgroundService
{
    private readonly UsageDays _days = new(options);
    private readonly DayFilters _filters = new(database, options, logger);
    private readonly Channel<IngestPart> _queue = Channel.CreateBounded<IngestPart>(new BoundedChannelOptions(options.Queue) { SingleReader = options.Writers == 1 });

    /// <summary>Takes a part to be written; false where too many wait. Await <see cref="IngestPart.Done"/>.</summary>
    public bool TrySubmit(IngestPart part) => _queue.Writer.TryWrite(part);

    /// <summary>Takes a part once there is room.</summary>
    public ValueTask SubmitAsync(IngestPart part, CancellationToken cancellation) => _queue.Writer.WriteAsync(part, cancellation);

    /// <summary>Ends when the filters of earlier days that were begun are read.</summary>
    public Task WhenFilteredAsync() => _filters.WhenBuiltAsync();

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // What was taken is written before the end: the loops run until the queue is empty.
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Writers).Select(_ => Task.Run(RunAsync, CancellationToken.None)));

    private async Task RunAsync()
    {
        using var commit = new GroupCommit(database, _days, _filters);
        var group = new List<IngestPart>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            var events = 0;
            while (_queue.Reader.TryPeek(out var next) && (events == 0 || events + next.Count <= options.GroupSize) && _queue.Reader.TryRead(out next))
            {
                group.Add(next);
                events += next.Count;
            }

            await WriteAsync(commit, group);
        }
    }

    private async Task WriteAsync(GroupCommit commit, List<IngestPart> group)
    {
        if (group.Count == 0)
        {
            return;
        }

        try
        {
            await commit.WriteAsync(group, CancellationToken.None);
            group.ForEach(part => part.Succeed());
        }
        catch (PostgresException e) when (group.Count > 1 && !DatabaseFaults.IsUnavailable(e))
        {
            // One part that the database does not take must not fail the others.
            foreach (var part in group)
            {
                await WriteAsync(commit, [part]);
            }
        }
        catch (Exception e)
        {
            LogFailed(e, group.Count);
            group.ForEach(part => part.Fail(e));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Usage events of {Parts} requests could not be written; their senders are told to repeat them.")]
    private partial void LogFailed(Exception exception, int parts);
}
