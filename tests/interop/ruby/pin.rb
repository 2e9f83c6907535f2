# frozen_string_literal: true

# The gem in the version of the Debian package ruby-gitlab; any other is an error.
gem "gitlab", "4.17.0"
