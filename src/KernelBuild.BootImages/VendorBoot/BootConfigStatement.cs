namespace KernelBuild.BootImages.VendorBoot;

/// <summary>A statement of a bootconfig.</summary>
/// <param name="Key">With the keys of the braces that it stands in.</param>
/// <param name="Value">Without quotes when it is one value; an array as it stands there.</param>
/// <param name="Start">Of the statement, in characters of the text.</param>
/// <param name="End">Behind it and what divides it from the next.</param>
/// <param name="ValueStart">Of the value as it stands there.</param>
/// <param name="ValueEnd">Behind it.</param>
public sealed record BootConfigStatement(string Key, string Value, int Start, int End, int ValueStart, int ValueEnd);
