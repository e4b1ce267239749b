using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansBilling.Grains.Sellers;

namespace OrleansBilling.Infrastructure.Postgres.Sellers;

/// <summary>
/// Has invoices numbered whose numbers run by seller: at once after the commit that issued them, and once a second whatever
/// waits, which is the net for signals that died with their silo.
/// </summary>
public sealed partial class NumberWaker(IGrainFactory grains, IInvoiceNumbers numbers, NumberSignal signal, ILogger<NumberWaker> logger) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Task> _called = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var again = new HashSet<string>(StringComparer.Ordinal);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // A seller told of while its call is under way is called again after it.
                var told = await signal.WaitAsync(again.Count > 0 ? TimeSpan.FromMilliseconds(10) : Pace, stoppingToken);
                again.UnionWith(told.Count > 0 || again.Count > 0 ? told : await numbers.FindWaitingAsync());
                again.RemoveWhere(Call);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A database that is away for a while is asked again in a second.
                LogFailed(e);
            }
        }
    }

    /// <summary>Calls a seller's grain; false where a call of it is still under way.</summary>
    private bool Call(string entity)
    {
        if (_called.TryGetValue(entity, out var call) && !call.IsCompleted)
        {
            return false;
        }

        _called[entity] = GiveAsync(entity);
        return true;
    }

    private async Task GiveAsync(string entity)
    {
        try
        {
            await grains.GetGrain<IInvoiceNumbersGrain>("numbers_" + entity).Give();
        }
        catch (Exception e)
        {
            // What waits is found again by the next look.
            LogNoAnswer(e, entity);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Invoices that wait for a number could not be found; asked again in a second.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Numbers of seller {Entity} were not given; tried again while invoices wait.")]
    private partial void LogNoAnswer(Exception exception, string entity);
}
