using OrleansBilling.Grains.Turn;
using OrleansBilling.Infrastructure.Postgres.Documents;

namespace OrleansBilling.Infrastructure.Postgres.Turn;

/// <summary>A turn on its way to a group.</summary>
internal sealed class PendingTurn(TurnWrite write)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is written; the state joins when the storage provider is called.</summary>
    public TurnRows Rows { get; private set; } = new(write, State: null);

    /// <summary>True once it was handed to the committer.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>Ends when the turn's group is durable, or with what refused it.</summary>
    public Task Done => _done.Task;

    public void Add(StateRow state) => Rows = Rows with { State = state };

    public void Complete() => _done.TrySetResult();

    public void Fail(Exception exception) => _done.TrySetException(exception);

    /// <summary>
    /// The rows that no two turns of one group may write: an update over keys takes each row once, and what one turn
    /// has seen of a balance would not hold after another one's move.
    /// </summary>
    public void Claims(ICollection<Claim> claims)
    {
        if (Rows.State is { } state)
        {
            claims.Add(new Claim(state.Type, state.Key));
        }

        foreach (var due in Rows.Write.Due)
        {
            claims.Add(new Claim(due.Key.GrainType, due.Key.GrainKey, (int)due.Key.Kind));
        }

        var documents = Rows.Write.Documents;
        foreach (var move in documents.BalanceMoves)
        {
            claims.Add(new Claim("balance", move.Account));
        }

        foreach (var header in documents.InvoiceHeaders)
        {
            claims.Add(new Claim("header", header.Id));
        }

        foreach (var credited in documents.InvoicesCredited)
        {
            claims.Add(new Claim("header", credited.Invoice));
        }

        foreach (var seen in InvoiceHeaderRows.SeenBy(documents))
        {
            claims.Add(new Claim("header", seen.Invoice) { IsShared = true });
        }

        // Two turns that take waiting lines of one account may want the same ones.
        foreach (var invoice in documents.Invoices.Where(invoice => invoice.Lines.Any(line => line.Draft.HasWaited)))
        {
            claims.Add(new Claim("pending", invoice.Account));
        }

        if (!documents.PendingDropped.IsEmpty)
        {
            claims.Add(new Claim("pending", Rows.Write.Account ?? ""));
        }

        foreach (var grant in documents.Wallets.Grants)
        {
            claims.Add(new Claim("grant", grant.Grant.Id));
        }

        foreach (var attempt in documents.Attempts)
        {
            claims.Add(new Claim("attempt", attempt.Attempt.Id));
        }

        foreach (var payment in documents.Payments)
        {
            claims.Add(new Claim("payment", payment.Id));
        }

        if (Rows.Write.Command is { } command)
        {
            claims.Add(new Claim(command.Scope, command.Key));
        }
    }

    /// <summary>The name of a row within its table.</summary>
    internal readonly record struct Claim(string Table, string Key, int Kind = -1)
    {
        /// <summary>True where the row must stay as it is: other turns of the group may claim it likewise.</summary>
        public bool IsShared { get; init; }
    }
}
