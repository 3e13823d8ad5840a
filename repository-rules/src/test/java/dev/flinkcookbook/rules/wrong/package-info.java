/** Classes that break every rule of the architecture, so that a test can see each rule find them. */
package dev.flinkcookbook.rules.wrong;
