namespace OrleansBilling.Infrastructure.Postgres.Metering.Ingest;

/// <summary>What became of the events of a request.</summary>
public sealed class UsageReport
{
    private readonly List<(int Index, UsageRejection Why)> _rejected = [];

    /// <summary>Events that are durable now and were not before.</summary>
    public int Accepted { get; private set; }

    /// <summary>Events that were there, with the same content.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Events of unknown accounts or meters that are kept apart.</summary>
    public int SetAside { get; private set; }

    /// <summary>Events that were not taken, by their place in the request.</summary>
    public IReadOnlyList<(int Index, UsageRejection Why)> Rejected
    {
        get
        {
            _rejected.Sort(static (a, b) => a.Index.CompareTo(b.Index));
            return _rejected;
        }
    }

    /// <summary>Notes a line that was longer than an event may be.</summary>
    public void RejectTooLong(int index) => Reject(index, UsageRejection.TooLong);

    internal void Reject(int index, UsageRejection why) => _rejected.Add((index, why));

    internal void CountAside(int events) => SetAside += events;

    internal void CountDuplicates(int events) => Duplicates += events;

    /// <summary>Adds what became of a part that is done.</summary>
    public void Count(IngestPart part)
    {
        for (var i = 0; i < part.Count; i++)
        {
            switch (part.Fate(i))
            {
                case EventFate.Accepted:
                    Accepted++;
                    break;
                case EventFate.Duplicate:
                    Duplicates++;
                    break;
                case EventFate.Conflict:
                    Reject(part.Index(i), UsageRejection.Conflict);
                    break;
                default:
                    throw new InvalidOperationException("A part is done and an event of it is not decided.");
            }
        }
    }
}
