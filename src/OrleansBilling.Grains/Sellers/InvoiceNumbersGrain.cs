using OrleansBilling.Domain.Sellers;

namespace OrleansBilling.Grains.Sellers;

/// <summary>Gives the invoices and credit notes of a seller their numbers where these run by seller. Key: <c>numbers_</c> + code of the seller.</summary>
[Alias("OrleansBilling.IInvoiceNumbersGrain")]
public interface IInvoiceNumbersGrain : IGrainWithStringKey
{
    /// <summary>Numbers what waits, in batches; answers how many it numbered. Harmless when repeated.</summary>
    [Alias("Give")]
    Task<int> Give();
}

/// <summary>
/// The numbering turns of a seller. Issuing does not wait for them: they read what committed turns have issued, so that a
/// number is missing for a moment and no series holds up another turn. Keeps no state: the series are rows, and a commit
/// holds that they are those that the decision saw, so that of two activations one decides again.
/// </summary>
public sealed class InvoiceNumbersGrain(IInvoiceNumbers numbers) : Grain, IInvoiceNumbersGrain
{
    /// <summary>Documents of one numbering turn at most.</summary>
    public const int BatchSize = 500;

    private const int MaxMisses = 5;
    private const int MaxBatches = 200;

    /// <inheritdoc/>
    public async Task<int> Give() => await GiveAsync(DocumentNumbers.Invoices) + await GiveAsync(DocumentNumbers.CreditNotes);

    private async Task<int> GiveAsync(string kind)
    {
        var entity = this.GetPrimaryKeyString()["numbers_".Length..];
        var (given, misses) = (0, 0);
        for (var i = 0; i < MaxBatches; i++)
        {
            var read = await numbers.ReadAsync(entity, kind, BatchSize);
            if (read.Waiting.IsEmpty)
            {
                break;
            }

            if (await numbers.CommitAsync(entity, kind, DocumentNumbers.Give(entity, kind, read.Series, read.Waiting)))
            {
                given += read.Waiting.Length;
            }
            else if (++misses == MaxMisses)
            {
                // Another activation is at it; whatever it leaves is found by the next poll.
                break;
            }
        }

        return given;
    }
}
