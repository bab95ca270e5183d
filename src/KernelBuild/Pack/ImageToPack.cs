using KernelBuild.BootImages.Editing;

namespace KernelBuild.Pack;

/// <summary>An image that is to be written, and what reading it back must find.</summary>
/// <param name="Name">boot.img and the like, below the artifacts folder.</param>
/// <param name="What">How it was made, for people.</param>
internal sealed record ImageToPack(string Name, EditedImage Image, string What);
