namespace KernelBuild.Testing.Phones;

/// <summary>What goes wrong, once.</summary>
/// <param name="Kind">How.</param>
/// <param name="At">
/// Of <see cref="PhoneFaultKind.CutBytes"/> the byte that is the last one to arrive; of the others the number of the command, from 0,
/// among those
/// that write.
/// </param>
/// <param name="Fraction">Of a partition that is written until it happens; 0 to 1.</param>
public sealed record PhoneFault(PhoneFaultKind Kind, long At, double Fraction = 0.5);
