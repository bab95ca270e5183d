using System.Buffers;
using System.Collections.Immutable;
using KernelBuild.BootImages.Verification;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>The result of an edit.</summary>
/// <param name="Bytes">The whole new file; what did not change are slices of the old one.</param>
/// <param name="Expectation">What reading it back must find.</param>
/// <param name="Findings">Notes about what was done, and warnings about what follows from it.</param>
public sealed record EditedImage(ReadOnlySequence<byte> Bytes, ImageExpectation Expectation, ImmutableArray<Diagnostic> Findings);
