/**
 * The repository's promises about itself, as tests. {@link dev.flinkcookbook.rules.RepositoryTest} and
 * {@link dev.flinkcookbook.rules.ArchitectureTest} list them; {@code ReadmeCommandsIT} runs the READMEs' commands.
 *
 * <p>A rule takes a {@link dev.flinkcookbook.rules.Repository} and returns a sentence for every violation, which names the
 * place and what to do. Every rule has a test of its own that shows it red on a small repository in a temporary folder.
 */
package dev.flinkcookbook.rules;
