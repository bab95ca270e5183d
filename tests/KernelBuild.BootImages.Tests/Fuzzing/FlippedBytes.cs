using KernelBuild.Testing.BootImages;

namespace KernelBuild.BootImages.Tests.Fuzzing;

/// <summary>
/// One byte changed in what a digest, id or signature covers; <c>KernelBuild.Benchmarks flips</c> does it 10,000 times an image.
/// </summary>
public sealed class FlippedBytes
{
    [Fact]
    public void Are_noticed_in_every_image()
    {
        foreach (var image in FlippedImage.All())
        {
            image.Unnoticed(40, seed: 1).ShouldBeEmpty(image.Name);
        }
    }

    [Fact]
    public void Are_not_imagined_in_intact_images()
    {
        var images = FlippedImage.All().ToArray();
        images.Length.ShouldBeGreaterThan(10);
        images.Where(image => image.IsNoticed()).Select(image => image.Name).ShouldBeEmpty();
    }
}
