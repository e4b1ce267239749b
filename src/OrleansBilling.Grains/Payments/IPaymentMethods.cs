using OrleansBilling.Domain.Accounts;

namespace OrleansBilling.Grains.Payments;

/// <summary>Reads stored payment methods.</summary>
public interface IPaymentMethods
{
    /// <summary>A method of an account that is not detached, or null.</summary>
    Task<PaymentMethodRef?> FindAsync(string account, string method);
}
