using System.Collections.Concurrent;
using System.Threading.Channels;
using OrleansBilling.Domain.Sellers;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Sellers;

/// <summary>
/// Hands committed invoices that wait for a number over to the loop that has them numbered, within a silo. A signal that
/// is lost costs a second: the loop asks the rows as well.
/// </summary>
public sealed class NumberSignal
{
    private readonly ConcurrentDictionary<string, bool> _entities = new(StringComparer.Ordinal);
    private readonly Channel<bool> _told = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task? _waiting;

    /// <summary>Tells of committed turns.</summary>
    internal void Tell(IReadOnlyList<TurnRows> turns)
    {
        var news = false;
        foreach (var turn in turns)
        {
            // Who sells is not said of a credit note: the loop looks whether one waits.
            news |= !turn.Write.Documents.CreditNotes.IsEmpty;
            foreach (var invoice in turn.Write.Documents.Invoices.Concat(turn.Write.Documents.Finalized.Select(static draft => draft.Invoice)))
            {
                news |= invoice.Seller.Numbering.Scope is NumberingScope.Entity && _entities.TryAdd(invoice.Seller.Code, true);
            }
        }

        if (news)
        {
            // Where the loop has not come to the last signal yet, it takes both.
            _told.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits until told, and at most so long; answers the sellers. For one loop.</summary>
    internal async Task<IReadOnlyCollection<string>> WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        _waiting ??= _told.Reader.WaitToReadAsync(cancellation).AsTask();
        await Task.WhenAny(_waiting, Task.Delay(atMost, cancellation));
        cancellation.ThrowIfCancellationRequested();
        if (_waiting.IsCompleted)
        {
            _waiting = null;
            _told.Reader.TryRead(out _);
        }

        var told = _entities.Keys.ToList();
        told.ForEach(entity => _entities.TryRemove(entity, out _));
        return told;
    }
}
